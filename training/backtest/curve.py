"""When more data stops helping: the newest fold's model with fewer customers or snapshots to learn from."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.errors import BadInputError
from features.progress import Progress, silent
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.backtest.folds import Fold, training_days
from training.backtest.walk import COMPARED, Drawn, Line, Walk, line
from training.intervals import interval
from training.split import Part, customer_share

SHARES = (0.125, 0.25, 0.5)
"""Of the customers that train; each share is within the next."""


def learning_curve(walk: Walk, progress: Progress = silent) -> list[Line]:
    """The compared metrics by customers and by snapshots to learn from, on the same test rows.

    `behind` is the figure less that of all data, with its interval; sizes too small to learn from are
    left out.
    """
    newest = walk.folds[-1]
    full = _figures(walk, newest)
    sizes = list(_smaller(walk, newest))
    lines = []
    for place, (by, size, fold) in enumerate(sizes):
        try:
            found = full if fold is newest else _figures(walk, fold)
        except BadInputError:
            continue  # a size without a single leaver says nothing of the next
        rows = len(fold.split.rows(Part.TRAIN))
        lines += [{"by": by, "size": size, "rows": rows, **one} for one in _lines(walk, found, full)]
        progress("learning curve", place + 1, len(sizes))
    return lines


def _figures(walk: Walk, fold: Fold) -> Drawn:
    learned = walk.learn(fold)
    return walk.judge(fold, learned.answer(fold.rows(walk.past, Part.TEST)), learned.base_rates)


def _lines(walk: Walk, found: Drawn, full: Drawn) -> Iterator[Line]:
    for name in COMPARED[walk.model]:
        behind = interval(found[name] - full[name])
        yield {
            **line(name, found[name]),
            "behind": behind.value,
            "behind_low": behind.low,
            "behind_high": behind.high,
        }


def _smaller(walk: Walk, fold: Fold) -> Iterator[tuple[str, int, Fold]]:
    """Which (customers or snapshots), how many, and the fold with no more than these to learn from.

    Of fewer customers fewer calibrate too; fewer snapshots are the latest of those that train.
    """
    keys, customers = walk.past.rows.keys, walk.past.customers
    share = customer_share(keys[CUSTOMER_ID], walk.spec.training.seed + 1)
    train, tests = (fold.split.parts == part for part in (Part.TRAIN, Part.TEST))
    for part in SHARES:
        fewer = share < part
        yield "customers", len(np.unique(customers[train & fewer])), _without(fold, ~fewer & ~tests)
    yield "customers", len(np.unique(customers[train])), fold
    days = training_days(walk.past, fold)
    dates = keys[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]")
    number = 1
    while number < len(days):
        older = train & (dates < np.datetime64(days[-number]))
        yield "snapshots", number, _without(fold, older)
        number *= 2
    yield "snapshots", len(days), fold


def _without(fold: Fold, rows: NDArray[np.bool_]) -> Fold:
    parts = np.where(rows, Part.UNUSED, fold.split.parts).astype(np.int8)
    return replace(fold, split=replace(fold.split, parts=parts))
