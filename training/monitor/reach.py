"""Whether customers lie where training's snapshots lay, when these lay too far apart to compare shapes."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BULK: Final = (0.1, 0.9)
"""Quantiles between which most customers of a snapshot lie: its rarities say little of where it lay."""
WITHIN, OUT = 0.0, 1.0


def reach(parts: Sequence[Floats], *, codes: bool) -> Callable[[Floats], Floats]:
    """How to tell a column's values (rows,) by no more than whether they lie within reach of training.

    `parts` are the column's values by training snapshot. Numbers may lie as far beyond the bulk of any
    snapshot as the snapshots' bulks reach from one end to the other: a column that grows may go on for as
    long again, and one that follows the calendar lies between. Of a number that most customers of a snapshot
    share no more is known than there are snapshots: nothing is out of its reach. `codes` lie within if
    training had them. What is unknown stays NaN.
    """
    whole = np.concatenate(parts)
    seen = [part[~np.isnan(part)] for part in parts]
    bulks = np.array([np.quantile(part, BULK) for part in seen if len(part)])
    if codes or not len(bulks):
        return lambda values: _told(values, np.isin(values, whole))
    low, high = bulks[:, 0].min(), bulks[:, 1].max()
    shared = np.median(bulks[:, 1] - bulks[:, 0]) == 0
    beyond = np.inf if shared else high - low
    return lambda values: _told(values, (values >= low - beyond) & (values <= high + beyond))


def _told(values: Floats, within: NDArray[np.bool_]) -> Floats:
    return np.where(np.isnan(values), np.nan, np.where(within, WITHIN, OUT))
