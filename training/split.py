"""Which labelled rows train, calibrate and test, so that no test tells what training already knew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE

Days = NDArray[np.datetime64]
Kind = Literal["time", "time and customers", "customers"]

TRAIN_SHARE, CALIBRATE_SHARE = 0.6, 0.2
"""Of the customers, where there are too few snapshots to split in time; the rest test."""
RECORDED_ON: Final = "recorded_on"
"""The column, if there is one, that says on which day a label was recorded: it is known from the next on."""


class Part(IntEnum):
    """What a row is for; UNUSED rows would leak across time.

    BETWEEN are those that come true too late to train what is calibrated, and early enough to learn from
    before the test.
    """

    UNUSED = 0
    TRAIN = 1
    BETWEEN = 2
    CALIBRATE = 3
    TEST = 4


PARTS: Final = (Part.TRAIN, Part.BETWEEN, Part.CALIBRATE, Part.TEST)
"""In the order that a data set holds them."""
LEARNT: Final = (Part.TRAIN, Part.BETWEEN, Part.CALIBRATE)
"""What a model has learnt from by the time it is tested."""


@dataclass(frozen=True)
class Split:
    """`parts` holds a `Part` a row; `note` says in a sentence how the rows were split."""

    kind: Kind
    parts: NDArray[np.int8]
    note: str

    def rows(self, part: Part) -> NDArray[np.int64]:
        """The positions of one part's rows, ascending."""
        return np.flatnonzero(self.parts == part)

    @property
    def learnt(self) -> NDArray[np.bool_]:
        """Which rows a model has learnt from by the time it is tested, shape (rows,)."""
        return np.isin(self.parts, LEARNT)

    def among(self, places: NDArray[np.int64], rows: int) -> "Split":
        """This split as one of a table of so many rows, its own at `places` in it; the others are unused."""
        parts = np.full(rows, Part.UNUSED, np.int8)
        parts[places] = self.parts
        return replace(self, parts=parts)


def split(labels: pa.Table, window: WindowSpec, seed: int, test: date | None = None) -> Split:
    """Split labelled rows (customer_id, snapshot_date, ...) as honestly as the snapshots allow.

    `test` is the snapshot to test on; later ones are left out, as if they were not there yet.

    In time: the last snapshot tests, the latest one known by then calibrates, those known by that one train,
    and what lies between is learned from last. A row is known when its label window has ended and the bank
    has recorded its label (`RECORDED_ON`), a snapshot when half of its rows are. With fewer snapshots
    calibration takes other customers of the training snapshots; with fewer still, customers are parted by a
    keyed hash of their id, none in two parts.
    """
    dates = labels[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]")
    known = _known(labels, dates, window)
    days = [day for day in np.unique(dates) if test is None or day <= np.datetime64(test)]
    share = customer_share(labels[CUSTOMER_ID], seed)
    by_day = {day: _half(known[dates == day]) for day in days}
    tested = days[-1]
    before_test = [day for day in days if by_day[day] <= tested]
    before_calibrate = [day for day in before_test if by_day[day] <= before_test[-1]]
    if before_calibrate:
        calibrate = before_test[-1]
        learnt = np.isin(dates, before_test) & (known <= tested)
        train = learnt & np.isin(dates, before_calibrate) & (known <= calibrate)
        chosen = [(Part.TEST, dates == tested), (Part.CALIBRATE, learnt & (dates == calibrate))]
        note = (
            f"trained to {before_calibrate[-1]}, calibrated on {calibrate}, fitted again on all to then, "
            f"tested on {tested}"
        )
        return Split("time", _parts([*chosen, (Part.TRAIN, train), (Part.BETWEEN, learnt)]), note)
    if before_test:
        early = np.isin(dates, before_test) & (known <= tested)
        fits = share < TRAIN_SHARE / (TRAIN_SHARE + CALIBRATE_SHARE)
        chosen = [(Part.TEST, dates == tested), (Part.TRAIN, early & fits), (Part.CALIBRATE, early & ~fits)]
        note = f"too few snapshots to calibrate on a later one: other customers did; tested on {tested}"
        return Split("time and customers", _parts(chosen), note)
    there = dates <= tested
    fits, tests = there & (share < TRAIN_SHARE), there & (share >= TRAIN_SHARE + CALIBRATE_SHARE)
    note = "too few snapshots to split in time: other customers calibrated and tested"
    return Split(
        "customers",
        _parts([(Part.TRAIN, fits), (Part.TEST, tests), (Part.CALIBRATE, there & ~(fits | tests))]),
        note,
    )


def customer_share(customers: pa.ChunkedArray, seed: int) -> NDArray[np.float64]:
    """A number in [0, 1) for every customer, the same wherever the customer appears; keyed by `seed`."""
    texts = customers.cast(pa.string()).to_numpy(zero_copy_only=False).astype(object)
    hashed = pd.util.hash_array(texts, hash_key=f"{seed % 10**16:016d}")
    return (hashed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _known(labels: pa.Table, dates: Days, window: WindowSpec) -> Days:
    """By which day each row's label is known: its window has ended, and it was recorded the day before."""
    ended = dates + (window.gap_days + window.horizon_days)
    if RECORDED_ON not in labels.column_names:
        return ended
    recorded = labels[RECORDED_ON].to_numpy().astype("datetime64[D]") + 1
    known: Days = np.fmax(ended, recorded)
    return known


def _half(known: Days) -> np.datetime64:
    """The day by which at least half of some rows are known."""
    place = (len(known) - 1) // 2
    return np.datetime64(np.partition(known, place)[place])


def _parts(chosen: Sequence[tuple[Part, NDArray[np.bool_]]]) -> NDArray[np.int8]:
    return np.select([rows for _, rows in chosen], [part for part, _ in chosen], Part.UNUSED).astype(np.int8)
