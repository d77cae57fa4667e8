"""Comparisons of two features as columns of their own, kept where they are proven to help.

A tree cuts one column at a time: that a balance fell below half of what it used to be takes it many cuts at
every level of balance, and a single one on the relative difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import lightgbm as lgb
import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.contract import FeatureColumn, compare
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.dataset import Dataset, Examples, number_customers
from training.fit import bin_rows, fit_head, options, threads
from training.intervals import paired_mean
from training.sample import uniform_sample
from training.split import customer_share

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = tuple[FeatureColumn, ...]

ROWS: Final = 40_000
"""Enough to tell what helps, to learn from and to judge by."""

COMPARED: Final = 10
"""The features that tell most; comparing more finds little, and takes the square of it."""

KEPT: Final = 15
VALUES_LEAST: Final = 50
"""Fewer different values are a grade or a code, whose differences mean little."""

ROUNDS: Final = 100
OUTCOMES_LEAST: Final = 300
"""Of either kind: with fewer, nothing small can be proven."""

PROVEN: Final = 3.0
"""Standard errors by which the loss must fall: a tenth of a per cent of useless ones pass."""


@dataclass(frozen=True)
class Compared:
    """A data set with the comparisons that help, and a sentence on what was tried."""

    data: Dataset
    note: str


def with_comparisons(data: Dataset, monotone: Mapping[str, int], seed: int) -> Compared:
    """Add comparisons of the strongest features to every part of a data set of one head, if they are proven.

    Training rows choose comparisons and teach boosters with and without them, and the snapshot that comes
    after, which will calibrate, judges: a step of a backtest that leaves the test alone. With no later
    snapshot one half of the training customers choose and teach, the others judge, and the other way round;
    the first half's choice is kept. What is held `monotone` is not compared: it would not be any more.
    """
    if len(data.heads) != 1:
        return Compared(data, "")
    trial = _Trial.of(data, monotone, seed)
    if not trial.tells():
        return Compared(data, "")
    turns = [trial.judged(data.columns, *turn) for turn in trial.turns]
    found = turns[0].found
    if not all(turn.found for turn in turns):
        return Compared(data, "")
    gain, error = trial.mean(sum((turn.gain for turn in turns), np.zeros(len(trial.rows.weights))))
    kept = gain > PROVEN * error
    note = (
        f"{len(found)} comparisons of features lower the log loss of {trial.judges} by "
        f"{gain:.5f} ± {error:.5f}: "
    )
    return Compared(_widened(data, found), f"{note}kept") if kept else Compared(data, f"{note}left out")


def widened(matrix: Floats, columns: Columns) -> Floats:
    """A matrix of the first of `columns`, with those that compare them, which come last, filled in."""
    wide = np.empty((len(matrix), len(columns)))
    wide[:, : matrix.shape[1]] = matrix
    compare(wide, columns)
    return wide


def _widened(data: Dataset, found: Columns) -> Dataset:
    columns = (*data.columns, *found)
    everything = replace(data.everything, matrix=widened(data.everything.matrix, columns))
    return replace(data, columns=columns, everything=everything)


@dataclass(frozen=True)
class _Judged:
    """Comparisons, and by how much they lower the log loss of each row (rows,) that did not choose them."""

    found: Columns
    gain: Floats


@dataclass(frozen=True)
class _Trial:
    """Labelled rows to try columns on; of each of `turns` the first (rows,) learn and the second judge.

    `judges` says who they are.
    """

    rows: Examples
    turns: tuple[tuple[Flags, Flags], ...]
    judges: str
    monotone: Mapping[str, int]
    seed: int

    @classmethod
    def of(cls, data: Dataset, monotone: Mapping[str, int], seed: int) -> "_Trial":
        """Who learns and who judges: by time where a later snapshot calibrates, else by customers."""
        train, later = data.train, data.calibrate
        if not _comes_after(later, train):
            rows = _sampled(train, seed)
            first = customer_share(rows.keys[CUSTOMER_ID], seed + 1) < 0.5
            return cls(rows, ((first, ~first), (~first, first)), "other customers", monotone, seed)
        learn, judge = _sampled(train, seed), _sampled(later, seed)
        judges = np.arange(len(learn.labels) + len(judge.labels)) >= len(learn.labels)
        return cls(learn.with_rows_of(judge), ((~judges, judges),), "the next snapshot", monotone, seed)

    def tells(self) -> bool:
        """Whether those who judge have enough of both outcomes to tell anything."""
        labels = self.rows.labels[self._judged, 0]
        return bool(min(labels.sum(), len(labels) - labels.sum()) >= OUTCOMES_LEAST)

    def judged(self, columns: Columns, learn: Flags, judge: Flags) -> "_Judged":
        """The comparisons that some rows choose, judged on others."""
        usual = self._booster(columns, learn)
        found = self._candidates(columns, usual.feature_importance("gain"), learn)
        gain = np.zeros(len(learn))
        if found:
            wide = (*columns, *found)
            better = self._booster(wide, learn)
            gain[judge] = self._loss(columns, usual, judge) - self._loss(wide, better, judge)
        return _Judged(found, gain)

    def mean(self, gain: Floats) -> tuple[float, float]:
        """What those who judge gain on average, and its standard error; `gain` has shape (rows,)."""
        rows = self.rows.take(np.flatnonzero(self._judged))
        return paired_mean(gain[self._judged], rows.weights, number_customers(rows.keys))

    @property
    def _judged(self) -> Flags:
        return np.asarray(np.logical_or.reduce([judge for _, judge in self.turns]))

    def _candidates(self, columns: Columns, strength: Floats, learn: Flags) -> Columns:
        """Every two of the strongest features, and of these the strongest."""
        able = [
            place
            for place in np.argsort(-strength, kind="stable").tolist()
            if strength[place] > 0 and self._comparable(columns[place], self.rows.matrix[:, place])
        ]
        pairs = [_pair(columns[one], columns[two]) for one, two in combinations(able[:COMPARED], 2)]
        if not pairs:
            return ()
        found = self._booster((*columns, *pairs), learn).feature_importance("gain")[len(columns) :]
        best = np.argsort(-found, kind="stable")[:KEPT]
        return tuple(pairs[place] for place in np.sort(best[found[best] > 0]))

    def _loss(self, columns: Columns, booster: lgb.Booster, rows: Flags) -> Floats:
        """The log loss of some rows, shape (rows,)."""
        chance = np.asarray(booster.predict(widened(self.rows.matrix[rows], columns)))
        right = np.where(self.rows.labels[rows, 0] == 1, chance, 1 - chance)
        return np.asarray(-np.log(np.maximum(right, 1e-12)))

    def _comparable(self, column: FeatureColumn, values: Floats) -> bool:
        if column.categories is not None or column.name in self.monotone:
            return False
        return len(np.unique(values[~np.isnan(values)])) >= VALUES_LEAST

    def _booster(self, columns: Columns, learn: Flags) -> lgb.Booster:
        half = self.rows.take(np.flatnonzero(learn))
        half = replace(half, matrix=widened(half.matrix, columns))
        settings = {**options(columns, self.monotone, self.seed), "num_threads": threads(half.matrix)}
        return fit_head(bin_rows(half, columns, settings), half.labels[:, 0], settings, rounds=ROUNDS)


def _comes_after(later: Examples, earlier: Examples) -> bool:
    """Whether all rows are of later snapshots than all the others."""
    if not len(later.labels) or not len(earlier.labels):
        return False
    first, last = pc.min(later.keys[SNAPSHOT_DATE]), pc.max(earlier.keys[SNAPSHOT_DATE])
    return bool(first.as_py() > last.as_py())


def _sampled(rows: Examples, seed: int) -> Examples:
    """Rows whose outcome is known."""
    known = np.flatnonzero(~np.isnan(rows.labels[:, 0]))
    return rows.take(uniform_sample(known, ROWS, seed))


def _pair(first: FeatureColumn, second: FeatureColumn) -> FeatureColumn:
    return FeatureColumn(name=f"{first.name}_against_{second.name}", compares=(first.name, second.name))
