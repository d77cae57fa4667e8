"""Which learner suits a trial: told by Qini on customers it did not learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from training.intervals import Interval
from training.metrics.uplift import Ranking, bootstrap, interval, ranking
from training.uplift.trial import Flags, Floats, Learner, Rows, Trial

FOLDS: Final = 5
REPEATS: Final = 200
LEAD: Final = 2.0
"""Standard errors: of several learners as good as the first, one often leads by a single one."""


@dataclass(frozen=True)
class Tested:
    """A learner's answers about customers it did not learn from, fold by fold.

    `uplift` (rows,), `fold` (rows,). Scores of different folds are not compared: each is ranked by itself,
    but for folds that lack an arm, which tell nothing.
    """

    trial: Trial
    uplift: Floats
    fold: Rows

    def qini(self, counts: Floats | None = None) -> float:
        """The mean of the folds' Qini coefficients; `counts` (rows,): how often each row counts.

        Folds of which these leave an arm without any tell nothing; NaN where none tells.
        """
        return _mean([one.qini(_of(counts, rows)) for rows, one in self._ranked])

    def auuc(self, counts: Floats | None = None) -> float:
        """The mean of the folds' areas under the uplift curve; as `qini`."""
        return _mean([one.auuc(_of(counts, rows)) for rows, one in self._ranked])

    def take(self, rows: Flags) -> "Tested":
        """Some of the rows, as they were answered."""
        return Tested(self.trial.take(rows), self.uplift[rows], self.fold[rows])

    def curves(self) -> list[tuple[Floats, Floats, Floats]]:
        """Each fold's, as `Ranking.curves` tells them."""
        return [one.curves() for _, one in self._ranked]

    @property
    def folds(self) -> int:
        """How many folds can be ranked."""
        return len(self._ranked)

    def qini_interval(self, repeats: int, seed: int) -> Interval:
        """Bootstrapped over customers; too narrow where folds were answered for by each other."""
        return _around(self.qini(), bootstrap(self.qini, self.trial.customer, repeats, seed))

    @cached_property
    def _ranked(self) -> list[tuple[Rows, Ranking]]:
        """Each fold's rows, and their ranking: sorted once, whatever is drawn of them."""
        found, trial = [], self.trial
        for fold in np.unique(self.fold):
            rows = np.flatnonzero(self.fold == fold)
            treated, outcome, probability = trial.treated[rows], trial.outcome[rows], trial.probability[rows]
            if treated.any() and not treated.all():
                found.append((rows, ranking(self.uplift[rows], treated, outcome, probability)))
        return found


def qini_ahead(pairs: Sequence[tuple[Tested, Tested]], repeats: int, seed: int) -> Interval:
    """How far the first of each pair is ahead of the second in Qini, on average over pairs.

    Both of a pair answer the same rows; pairs may share customers, who are drawn with all their rows.
    """
    ends = np.cumsum([len(ours.trial) for ours, _ in pairs])

    def ahead(counts: Floats) -> float:
        parts = np.split(counts, ends[:-1])
        return float(
            np.mean(
                [
                    ours.qini(part) - theirs.qini(part)
                    for (ours, theirs), part in zip(pairs, parts, strict=True)
                ]
            )
        )

    customer = np.concatenate([ours.trial.customer for ours, _ in pairs])
    return _around(ahead(np.ones(len(customer))), bootstrap(ahead, customer, repeats, seed))


def _mean(of_folds: Sequence[float]) -> float:
    known = [one for one in of_folds if not np.isnan(one)]
    return float(np.mean(known)) if known else float("nan")


def _around(value: float, draws: Floats) -> Interval:
    return Interval(value, *interval(draws))


def _of(counts: Floats | None, rows: Rows) -> Floats | None:
    return None if counts is None else counts[rows]


@dataclass(frozen=True)
class Choice:
    """The learner chosen, and each candidate's test."""

    name: str
    tested: Mapping[str, Tested]


def cross_tested(trial: Trial, learner: Learner, seed: int, folds: int = FOLDS) -> Tested:
    """Learn `folds` times, each time without the customers to be answered for."""
    uplift, fold = np.empty(len(trial)), trial.folds(folds, seed)
    for one in range(folds):
        held = fold == one
        uplift[held] = learner(trial.take(~held), seed).predict(trial.matrix[held])
    return Tested(trial, uplift, fold)


def forward_tested(trial: Trial, learner: Learner, seed: int, folds: int = FOLDS) -> Tested:
    """Learn from the folds before each, and answer for it; the first, of which nothing is told, is left out.

    Folds that answer for each other agree by chance: where contacting changes nothing, intervals that take
    them for independent leave out 0 too often. A sum over folds that are told by those before them alone is a
    martingale, and its plain interval holds (Luedtke & van der Laan 2016, "Statistical inference for the mean
    outcome under a possibly non-unique optimal treatment strategy").
    """
    uplift, fold = np.empty(len(trial)), trial.folds(folds, seed)
    for one in range(1, folds):
        held = fold == one
        uplift[held] = learner(trial.take(fold < one), seed).predict(trial.matrix[held])
    told = fold > 0
    return Tested(trial.take(told), uplift[told], fold[told])


def choose(trial: Trial, learners: Mapping[str, Learner], seed: int, repeats: int = REPEATS) -> Choice:
    """The first learner, unless another's Qini leads by more than `LEAD` standard errors.

    Else chance would choose: of several equal learners the highest of noisy figures is a lucky one. The
    standard error, of the difference, is bootstrapped over customers, the same ones for both.
    """
    found = {name: cross_tested(trial, learner, seed) for name, learner in learners.items()}
    first, *others = found
    best, lead = first, 0.0
    for name in others:
        ahead = found[name].qini() - found[first].qini()
        if ahead <= lead:
            continue
        draws = bootstrap(
            lambda counts, one=found[name]: one.qini(counts) - found[first].qini(counts),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            trial.customer,
            repeats,
            seed,
        )
        if ahead > LEAD * np.nanstd(draws):
            best, lead = name, ahead
    return Choice(best, found)
