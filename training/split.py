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
from training.labels import label_window

Kind = Literal["time", "time and customers", "customers"]

TRAIN_SHARE, CALIBRATE_SHARE = 0.6, 0.2
"""Of the customers, where there are too few snapshots to split in time; the rest test."""


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

    In time: the last snapshot tests, the latest one whose label window has ended by then calibrates, those
    whose window has ended by that one train, and what lies between is learned from last. With fewer snapshots
    calibration takes other customers of the training snapshots; with fewer still, customers are parted by a
    keyed hash of their id, none in two parts.
    """
    dates = labels[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]")
    days = [day for day in np.unique(dates).astype(object) if test is None or day <= test]
    share = customer_share(labels[CUSTOMER_ID], seed)
    test = days[-1]
    before_test = _ended(days, test, window)
    before_calibrate = _ended(days, before_test[-1], window) if before_test else []
    if before_calibrate:
        calibrate = before_test[-1]
        train, known = (
            np.isin(dates, np.array(some, dates.dtype)) for some in (before_calibrate, before_test)
        )
        chosen = [(Part.TEST, dates == test), (Part.CALIBRATE, dates == calibrate), (Part.TRAIN, train)]
        note = (
            f"trained to {before_calibrate[-1]}, calibrated on {calibrate}, fitted again on all to then, "
            f"tested on {test}"
        )
        return Split("time", _parts([*chosen, (Part.BETWEEN, known)]), note)
    if before_test:
        early = np.isin(dates, np.array(before_test, dates.dtype))
        fits = share < TRAIN_SHARE / (TRAIN_SHARE + CALIBRATE_SHARE)
        chosen = [(Part.TEST, dates == test), (Part.TRAIN, early & fits), (Part.CALIBRATE, early & ~fits)]
        note = f"too few snapshots to calibrate on a later one: other customers did; tested on {test}"
        return Split("time and customers", _parts(chosen), note)
    there = dates <= np.datetime64(days[-1])
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


def _ended(days: Sequence[date], by: date, window: WindowSpec) -> list[date]:
    return [day for day in days if label_window(day, window).end <= by]


def _parts(chosen: Sequence[tuple[Part, NDArray[np.bool_]]]) -> NDArray[np.int8]:
    return np.select([rows for _, rows in chosen], [part for part, _ in chosen], Part.UNUSED).astype(np.int8)
