"""What a model costs to ask: trees, leaves, and one thread's time a row."""

import time
from collections.abc import Sequence

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TIMED_ROWS, TIMED_REPEATS = 2000, 3


def leaves_of(booster: lgb.Booster) -> int:
    """Of all its trees."""
    text: str = booster.model_to_string()
    return sum(
        int(line.removeprefix("num_leaves=")) for line in text.splitlines() if line.startswith("num_leaves=")
    )


def microseconds_a_row(boosters: Sequence[lgb.Booster], matrix: Floats) -> float:
    """One thread's processor time a row, the least of a few: others share the machine.

    NaN without rows of `matrix` (rows, columns) to time.
    """
    rows = matrix[:TIMED_ROWS]
    if not len(rows):
        return float("nan")
    took = []
    for _ in range(TIMED_REPEATS):
        start = time.thread_time()
        for booster in boosters:
            booster.predict(rows, num_threads=1)
        took.append(time.thread_time() - start)
    return min(took) / len(rows) * 1e6
