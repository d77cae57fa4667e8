"""The bank's policy file: read, checked, compared."""
