"""When more data stops helping: the newest fold's model with fewer customers or snapshots to learn from."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.errors import BadInputError
from features.progress import Progress, silent
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.backtest.folds import REPEATS, Fold
from training.backtest.learn import Learned
from training.backtest.walk import Drawn, Line, Walk, compared, line
from training.intervals import interval
from training.split import Part, customer_share, split

SHARES = (0.125, 0.25, 0.5)
"""Of the customers learnt from; each share is within the next."""
UNITS = {"customers": CUSTOMER_ID, "snapshots": SNAPSHOT_DATE}
"""What data is counted by, and the column that tells them apart."""


def learning_curve(walk: Walk, progress: Progress = silent) -> list[Line]:
    """The compared metrics by customers and by snapshots to learn from, on the same test rows.

    `size` and `rows` count what the tested model learnt from in the end, calibration rows included. `behind`
    is the figure less that of all data. Intervals draw the customers of the test: they leave out that other
    customers might have been drawn to learn from. Of a size `heads` have a booster, the others answer their
    base rates; sizes too small for any are left out.
    """
    newest = walk.folds[-1]
    everything = walk.learn(newest)
    full = _figures(walk, everything)
    sizes = list(_smaller(walk, newest))
    lines = []
    for place, (by, fold) in enumerate(sizes):
        try:
            learned = everything if fold is newest else walk.learn(fold)
        except BadInputError:
            continue  # a size without a single leaver says nothing of the next
        heads = sum(head.booster is not None for head in learned.heads)
        if not heads:
            continue  # base rates would be told as what less data teaches
        found = full if fold is newest else _figures(walk, learned)
        size, rows = len(learned.keys[UNITS[by]].unique()), learned.keys.num_rows
        lines += [
            {"by": by, "size": size, "rows": rows, "heads": heads, **one} for one in _lines(walk, found, full)
        ]
        progress("learning curve", place + 1, len(sizes))
    return lines


def _figures(walk: Walk, learned: Learned) -> Drawn:
    test = learned.fold.rows(walk.past, Part.TEST)
    return walk.judge(learned.fold, learned.answer(test), learned.base_rates)


def _lines(walk: Walk, found: Drawn, full: Drawn) -> Iterator[Line]:
    for name in compared(walk.model, full):
        behind = interval(found[name] - full[name])
        yield {
            **line(name, found[name]),
            "behind": behind.value,
            "behind_low": behind.low,
            "behind_high": behind.high,
        }


def _smaller(walk: Walk, fold: Fold) -> Iterator[tuple[str, Fold]]:
    """By customers or by snapshots, and the fold with less to learn from; each size is within the next."""
    keys = walk.past.rows.keys
    # A key that parts no customers: else a share of them could be of those who train alone.
    share = customer_share(keys[CUSTOMER_ID], walk.spec.training.seed + REPEATS)
    learnt = fold.split.learnt
    for part in SHARES:
        yield "customers", _without(fold, learnt & (share >= part))
    yield "customers", fold
    dates = keys[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]")
    days = np.unique(dates[learnt])
    number = 1
    while number < len(days):
        yield "snapshots", _since(walk, fold, dates, days[-number])
        number *= 2
    yield "snapshots", fold


def _since(walk: Walk, fold: Fold, dates: NDArray[np.datetime64], day: np.datetime64) -> Fold:
    """The fold as if there were no snapshot before `day`: it parts anew who trains and who calibrates.

    Otherwise a booster served would have learnt again from the snapshots that calibrate, however few train.
    """
    if fold.split.kind == "customers":
        return _without(fold, fold.split.learnt & (dates < day))
    keys, kept = walk.past.dated, np.flatnonzero(dates >= day)
    parts = split(keys.take(kept), walk.spec.window, walk.spec.training.seed, test=fold.test)
    return replace(fold, split=parts.among(kept, keys.num_rows))


def _without(fold: Fold, rows: NDArray[np.bool_]) -> Fold:
    parts = np.where(rows, Part.UNUSED, fold.split.parts).astype(np.int8)
    return replace(fold, split=replace(fold.split, parts=parts))
