"""Several boosters averaged into one: fewer accidents of the draw, and still one file of LightGBM's own."""

from collections.abc import Sequence
from functools import reduce
from typing import Final

import lightgbm as lgb

from training.joined import joined, scaled

SOUP: Final = 3
"""Boosters with a seed each; further ones told hardly more."""

ROWS_MOST: Final = 50_000
"""With more rows to learn from, seeds differ little, and the trees cost time wherever the model serves."""


def servings(rows: int) -> int:
    """How many boosters are worth averaging that learn from so many rows."""
    return SOUP if rows <= ROWS_MOST else 1


def averaged(boosters: Sequence[lgb.Booster]) -> lgb.Booster:
    """One booster whose log-odds are the mean of those given: all their trees, leaves' values shared.

    A mean of log-odds is the geometric mean of odds (bagging of Breiman 1996, by seed in place of resample).
    """
    if len(boosters) == 1:
        return boosters[0]
    return reduce(joined, (scaled(booster, 1 / len(boosters)) for booster in boosters))
