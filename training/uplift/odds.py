"""An effect on the log-odds: what the bank tells of the outcome, and what contacting adds to it.

log-odds(outcome | x, t) = base(x) + a + (t - p) (c + f(x)), p being the probability of treatment. It is the
R-learner's residual-on-residual fit (Nie & Wager 2021, "Quasi-oracle estimation of heterogeneous treatment
effects", equation 4) under the log loss. One number, c, makes the effect greatest where the outcome is in
doubt; trees, f, add what the trial proves.
"""

from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from training.uplift.base import Base
from training.uplift.joined import joined, prefix_scores
from training.uplift.trees import NEWTON_STEPS, Trees, boost_by
from training.uplift.trial import Effect, Flags, Floats, Learner, Rows, Trial

EFFECT: Final = Trees(leaves=2, rounds=150)
"""Two leaves: effects add up over features; interactions of three with the arm are beyond a trial."""
STEP: Final = 15
FOLDS: Final = 5
CERTAINTY: Final = 4.0
CERTAINTY_OF_KIN: Final = 16.0
"""One over the variance expected, before the trial, of a number, and of an action's about its kin's."""


@dataclass(frozen=True)
class Told:
    """A trial's rows and the log-odds, shape (rows,), that its base tells of them."""

    trial: Trial
    odds: Floats

    @property
    def lever(self) -> Floats:
        """t - p of each row."""
        return np.asarray(self.trial.treated - self.trial.probability)

    def take(self, rows: Rows | Flags) -> "Told":
        """Some of the rows."""
        return Told(self.trial.take(rows), self.odds[rows])

    def with_rows_of(self, other: "Told") -> "Told":
        """These rows, and then another's."""
        return Told(self.trial.with_rows_of(other.trial), np.concatenate([self.odds, other.odds]))

    def moved(self, move: Floats | float) -> "Told":
        """The same rows, their log-odds moved."""
        return Told(self.trial, self.odds + move)


@dataclass(frozen=True)
class Kin:
    """Trials of like actions, whose effects resemble this one's; `participants` of the trial they help."""

    told: Told
    participants: Rows

    def without_held_back(self, trial: Trial) -> Told:
        """The rows a learner may see: none of participants who are kept from it, as in a test."""
        customer = self.told.trial.customer
        held_back = np.isin(customer, self.participants) & ~np.isin(customer, trial.customer)
        return self.told.take(~held_back)


def odds_learner(base: Base, kin: Kin | None = None) -> Learner:
    """Effects on the log-odds; with kin, one effect for all of them, and a number for this action."""

    def learn(trial: Trial, seed: int) -> Effect:
        start = base(trial, seed)
        own = Told(trial, _raw(start, trial.matrix))
        level = _number(own, np.ones(len(trial)), CERTAINTY)
        own = own.moved(level)
        every = own if kin is None else own.with_rows_of(kin.without_held_back(trial))
        number = _number(every, every.lever, CERTAINTY)
        trees, share = _trees(every, number, seed)
        if kin is not None:
            effect = number + _shared(trees, share, trial.matrix)
            number += _number(own.moved(own.lever * effect), own.lever, CERTAINTY_OF_KIN)
        treated = 1 - float(trial.probability.mean())
        return Effect(
            *(joined(start, trees, share * part, level + number * part) for part in (treated, treated - 1))
        )

    return learn


def cross_told(trial: Trial, base: Base, seed: int, folds: int = FOLDS) -> Told:
    """The trial with log-odds by what did not learn from the row's customer."""
    odds, fold = np.empty(len(trial)), trial.folds(folds, seed)
    for one in range(folds):
        odds[fold == one] = _raw(base(trial.take(fold != one), seed), trial.matrix[fold == one])
    return Told(trial, odds)


def _trees(told: Told, number: float, seed: int) -> tuple[lgb.Booster, Floats]:
    """Trees of f, and what is kept of each, shape (trees,).

    All lengths are averaged, each weighted by the likelihood that it gives customers not learned from
    (pseudo-Bayesian model averaging, Yao et al. 2018, "Using stacking to average Bayesian predictive
    distributions", section 2.2): a tree counts as much as the lengths that have it.
    """
    steps, fold = EFFECT.rounds // STEP, told.trial.folds(FOLDS, seed)
    loss = np.zeros(steps + 1)
    for one in range(FOLDS):
        learn, held = told.take(fold != one), told.take(fold == one)
        booster = _fit(learn, _number(learn, learn.lever, CERTAINTY), seed)
        effect = number + prefix_scores(booster, held.trial.matrix, steps, STEP)
        odds = held.odds + held.lever * effect
        loss += (np.logaddexp(0, odds) - held.trial.outcome * odds).sum(axis=1)
    weight = np.exp(loss.min() - loss)
    kept = np.cumsum(weight[::-1])[::-1][1:] / weight.sum()
    booster = _fit(told, number, seed)
    return booster, np.repeat(kept, STEP)[: booster.num_trees()]


def _fit(told: Told, number: float, seed: int) -> lgb.Booster:
    odds, lever, outcome = told.odds + told.lever * number, told.lever, told.trial.outcome

    def slopes(added: Floats, _: lgb.Dataset) -> tuple[Floats, Floats]:
        chance = 1 / (1 + np.exp(-odds - lever * added))
        return lever * (chance - outcome), lever**2 * chance * (1 - chance)

    return boost_by(slopes, told.trial, EFFECT, seed)


def _number(told: Told, lever: Floats, certainty: float) -> float:
    """What `lever` times one number adds to the log-odds, zero expected of it before."""
    number = 0.0
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-told.odds - lever * number))
        slope = float((lever * (told.trial.outcome - chance)).sum()) - certainty * number
        number += slope / (float((lever**2 * chance * (1 - chance)).sum()) + certainty)
    return number


def _shared(trees: lgb.Booster, share: Floats, matrix: Floats) -> Floats:
    """The sum of the trees, each by its share, shape (rows,)."""
    lengths = prefix_scores(trees, matrix, -(-len(share) // STEP), STEP)
    return np.asarray(share[::STEP] @ np.diff(lengths, axis=0))


def _raw(booster: lgb.Booster, matrix: Floats) -> Floats:
    return np.asarray(booster.predict(matrix, raw_score=True)) if len(matrix) else np.empty(0)
