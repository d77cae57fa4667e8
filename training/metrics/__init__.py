"""How good a model is, one family of measures a file. Labels are 0.0 or 1.0, everything of shape (rows,)."""
