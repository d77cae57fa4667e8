"""Real data sets, read in place, from raw files to measured results."""
