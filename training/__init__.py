"""Labels, datasets, fit, calibrate, evaluate, register: from features to a trusted model."""
