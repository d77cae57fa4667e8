"""From challenger to champion by evidence, and back."""
