"""How often the intervals of `impact` and `whatif` cover what the synthetic bank is known to do.

Run: `python -m experiments.coverage BANK`, BANK a synthetic bank with its truth. The answer is in
experiments/README.md.
"""
