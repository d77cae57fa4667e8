"""Fewer rows where a bank has more than it takes: memory and time stay bounded, probabilities unbiased."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

TRAIN_ROWS_MOST = 200_000
HELD_BACK_ROWS_MOST = 100_000
"""Of calibration, of test, and of what lies between training and calibration."""


def training_sample(rows: Rows, positive: NDArray[np.bool_], most: int, seed: int) -> tuple[Rows, Floats]:
    """At most `most` of `rows`, ascending, and a weight each: how many rows it stands for.

    Rows where anything came true (`positive`, shape as `rows`) are rare and are kept first, up to half of
    `most`. Weighted by what they stand for, the log loss has the same expectation as over all rows.
    """
    if len(rows) <= most:
        return rows, np.ones(len(rows))
    random = np.random.default_rng(seed)
    true, false = rows[positive], rows[~positive]
    keep_true = min(len(true), max(most // 2, most - len(false)))
    keep_false = min(len(false), most - keep_true)
    chosen, weights = [], []
    for group, keep in ((true, keep_true), (false, keep_false)):
        if keep:
            chosen.append(random.choice(group, keep, replace=False))
            weights.append(np.full(keep, len(group) / keep))
    order = np.argsort(np.concatenate(chosen))
    return np.concatenate(chosen)[order], np.concatenate(weights)[order]


def uniform_sample(rows: Rows, most: int, seed: int) -> Rows:
    """At most `most` of `rows`, ascending, each as likely as any other."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
