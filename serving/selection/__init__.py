"""Choosing actions and channels under capacity, budget and quotas."""
