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
from numpy.typing import NDArray

from features.contract import FeatureColumn, compare
from features.vocabulary import CUSTOMER_ID
from training.dataset import Dataset, Examples, number_customers
from training.fit import bin_rows, fit_head, options, threads
from training.intervals import paired_mean
from training.sample import uniform_sample
from training.split import customer_share

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = tuple[FeatureColumn, ...]

JUDGED_ROWS: Final = 40_000
"""Enough to tell what helps; half of them learn, half judge, and the other way round."""

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

    They are proven on training rows alone: half of the customers choose comparisons and teach boosters with
    and without them, which the others judge, and the other way round. The first half's choice is kept. What
    is held `monotone` is not compared: it would not be any more.
    """
    if len(data.heads) != 1:
        return Compared(data, "")
    trial = _Trial.of(data.train, monotone, seed)
    if not trial.tells():
        return Compared(data, "")
    judged = [trial.judged_by_others(data.columns, learn) for learn in (trial.first, ~trial.first)]
    found = judged[0].found
    if not all(half.found for half in judged):
        return Compared(data, "")
    gain, error = paired_mean(
        judged[0].gain + judged[1].gain, trial.rows.weights, number_customers(trial.rows.keys)
    )
    kept = gain > PROVEN * error
    note = f"{len(found)} comparisons of features lower the log loss by {gain:.5f} ± {error:.5f}: "
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
    """Labelled rows to try columns on; `first` (rows,) are those of one half of the customers."""

    rows: Examples
    first: Flags
    monotone: Mapping[str, int]
    seed: int

    @classmethod
    def of(cls, train: Examples, monotone: Mapping[str, int], seed: int) -> "_Trial":
        known = np.flatnonzero(~np.isnan(train.labels[:, 0]))
        rows = train.take(uniform_sample(known, JUDGED_ROWS, seed))
        return cls(rows, customer_share(rows.keys[CUSTOMER_ID], seed + 1) < 0.5, monotone, seed)

    def tells(self) -> bool:
        """Whether there are enough of both outcomes to tell anything."""
        positives = self.rows.labels[:, 0].sum()
        return bool(min(positives, len(self.rows.labels) - positives) >= OUTCOMES_LEAST)

    def judged_by_others(self, columns: Columns, learn: Flags) -> "_Judged":
        """The comparisons that one half of the customers choose, judged on the other half's rows."""
        usual = self._booster(columns, learn)
        found = self._candidates(columns, usual.feature_importance("gain"), learn)
        gain = np.zeros(len(learn))
        if found:
            wide = (*columns, *found)
            gain[~learn] = self._loss(columns, usual, ~learn) - self._loss(
                wide, self._booster(wide, learn), ~learn
            )
        return _Judged(found, gain)

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


def _pair(first: FeatureColumn, second: FeatureColumn) -> FeatureColumn:
    return FeatureColumn(name=f"{first.name}_against_{second.name}", compares=(first.name, second.name))
