"""How a model does for parts of its test rows: by snapshot, tier, kind and sensitive group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.answers import Answers
from training.intervals import Interval, counted, draw_customers, interval
from training.metrics.drawn import Scored, drawn_metrics

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ALL: Final = "all"
SNAPSHOT: Final = "snapshot"
SHARE: Final = 0.10
"""Of the rows, those with the highest probabilities, are called selected: as a campaign would."""
ROWS_LEAST: Final = 100
EXPECTED_LEAST: Final = 5
"""A group with fewer rows, or in which fewer positives are expected and found, is too small to be judged."""
DRAWS: Final = 200
CELLS_MOST: Final = 200_000
"""Of rows times heads: with more, fewer customers are looked at, which bounds the time."""


@dataclass(frozen=True)
class Arm:
    """A trial's arm: its contacts, and those of them with the outcome."""

    name: str
    rows: int
    positives: int


@dataclass(frozen=True)
class Slice:
    """One group of rows. `rows` and `positives` are counted over heads; `small` is too small to be judged.

    `figures` holds the metrics of `drawn_metrics`, `observed_to_expected` (positives over the sum of their
    probabilities) and `calibration_gap` (their difference, over the rows); who is selected is told head by
    head: `training.selection`. Effects are told of one `head` each, with their `arms` and the figures of
    `training.uplift.slices`.
    """

    by: str
    group: str
    rows: int
    positives: int
    small: bool
    figures: dict[str, Interval]
    head: str = ""
    arms: tuple[Arm, ...] = ()


def slices(found: Answers, seed: int, draws: int = DRAWS) -> list[Slice]:
    """Everyone, then each group of each column, with intervals by the bootstrap over customers."""
    found = bounded(found, seed)
    if not len(found):
        return []
    drawn = draw_customers(int(found.customer.max()) + 1, draws, seed)
    whole = _Whole(found, drawn)
    columns = {SNAPSHOT: found.snapshot, **found.groups}
    groups = [(by, values, group) for by, values in columns.items() for group in sorted(set(values.tolist()))]
    every = np.ones(len(found), dtype=bool)
    return [
        whole.slice(ALL, ALL, every),
        *(whole.slice(by, group, values == group) for by, values, group in groups),
    ]


def of(sliced: Sequence[Slice], by: str) -> Iterator[Slice]:
    """The groups of one column."""
    return (one for one in sliced if one.by == by)


@dataclass(frozen=True)
class _Whole:
    """All rows and the draws of customers."""

    found: Answers
    draws: Floats

    def slice(self, by: str, group: str, rows: Flags) -> Slice:
        part = self.found.take(rows)
        known = ~np.isnan(part.labels)
        expected = float(part.probabilities[known].sum())
        scored = Scored(part.customer, part.labels, part.probabilities, part.base_rates)
        figures = dict(drawn_metrics(scored, self.draws)) if known.any() else {}
        figures |= self._calibration(part, known)
        cells, positives = int(known.sum()), int(np.nansum(part.labels))
        # How much each figure grows with a share of the cells.
        counts = {"observed_to_expected": (positives, cells / (expected or np.nan))}
        counts["calibration_gap"] = (positives, 1.0)
        told = {name: interval(values) for name, values in figures.items() if np.isfinite(values[0])}
        for name, (events, scale) in counts.items():
            if name in told:
                told[name] = counted(told[name], events, cells, scale)
        small = bool(rows.sum() < ROWS_LEAST or max(expected, positives) < EXPECTED_LEAST)
        return Slice(by, group, cells, positives, small, told)

    def _calibration(self, part: Answers, known: Flags) -> dict[str, Floats]:
        """What came true against what was said, each of shape (1 + draws,)."""
        came, said, rows = (
            self._sums(part.customer, np.where(known, values, 0.0))
            for values in (part.labels, part.probabilities, known.astype(np.float64))
        )
        return {"observed_to_expected": _ratio(came, said), "calibration_gap": _ratio(came - said, rows)}

    def _sums(self, customer: NDArray[np.int64], values: Floats) -> Floats:
        return np.asarray(
            self.draws @ np.bincount(customer, values.sum(axis=1), minlength=self.draws.shape[1])
        )


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return part / whole


def bounded(found: Answers, seed: int) -> Answers:
    """All rows of as many customers as `CELLS_MOST` allows, numbered anew; of the same rows the same ones."""
    cells = len(found) * max(len(found.heads), 1)
    if cells <= CELLS_MOST:
        return found
    kept = np.random.default_rng(seed).random(int(found.customer.max()) + 1) < CELLS_MOST / cells
    few = found.take(kept[found.customer])
    return replace(few, customer=np.unique(few.customer, return_inverse=True)[1])
