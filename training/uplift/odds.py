"""An effect on the log-odds: what the bank tells of the outcome, and what contacting adds to it.

log-odds(outcome | x, t) = base(x) + a + (t - p) (c + d base(x) + f(x)), p being the probability of treatment.
It is the R-learner's residual-on-residual fit (Nie & Wager 2021, "Quasi-oracle estimation of heterogeneous
treatment effects", equation 4) under the log loss. Two numbers, c and d, say how the effect goes with the
outcome: on its odds, on its probability, or evenly (the regression of treatment effects on baseline risk of
Kent et al. 2020, "The PATH statement", section 3.1). Trees, f, add what the trial proves beyond that.
"""

from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from training.joined import joined, scaled
from training.soup import averaged
from training.uplift.base import Base
from training.uplift.lengths import kept, log_loss, prefix_scores, weights
from training.uplift.trees import Trees, boost_by, predicted
from training.uplift.trial import Effect, Flags, Floats, Learner, Rows, Trial

EFFECT: Final = Trees(leaves=2, rounds=80, learning_rate=0.1)
"""Two leaves: effects add up over features; interactions of three with the arm are beyond a trial."""
STEP: Final = 8
FOLDS: Final = 5
NEWTON_STEPS: Final = 30
SEEDS: Final = 3
"""Trees of as many seeds are averaged: few of hundreds of features tell, and each tree is offered some."""
CERTAINTY: Final = 4.0
CERTAINTY_OF_SLOPE: Final = 64.0
CERTAINTY_OF_KIN: Final = 16.0
"""One over the variance expected, before the trial, of an effect, of what it gains with each unit of the
outcome's log-odds, and of an action's effect about its kin's. On the odds most effects are even, whatever the
outcome's chance."""


@dataclass(frozen=True)
class Told:
    """A trial's rows, the log-odds that its base tells of them, and how far these lie from a centre.

    Shapes: `odds`, `beyond` (rows,).
    """

    trial: Trial
    odds: Floats
    beyond: Floats

    @property
    def lever(self) -> Floats:
        """t - p of each row."""
        return np.asarray(self.trial.treated - self.trial.probability)

    def take(self, rows: Rows | Flags) -> "Told":
        """Some of the rows."""
        return Told(self.trial.take(rows), self.odds[rows], self.beyond[rows])

    def with_rows_of(self, other: "Told") -> "Told":
        """These rows, and then another's."""
        return Told(
            self.trial.with_rows_of(other.trial),
            np.concatenate([self.odds, other.odds]),
            np.concatenate([self.beyond, other.beyond]),
        )

    def moved(self, move: Floats | float) -> "Told":
        """The same rows, their log-odds moved."""
        return Told(self.trial, self.odds + move, self.beyond)


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
        odds = _raw(start, trial.matrix)
        centre = float(odds.mean())
        own = Told(trial, odds, odds - centre)
        level = _numbers(own, np.ones((len(trial), 1)), CERTAINTY)[0]
        own = own.moved(level)
        every = own if kin is None else own.with_rows_of(kin.without_held_back(trial))
        even, slope = _line(every)
        trees = _trees(every, seed)
        if kin is not None:
            effect = even + slope * own.beyond + _raw(trees, trial.matrix)
            even += _numbers(own.moved(own.lever * effect), own.lever[:, None], CERTAINTY_OF_KIN)[0]
        treated = 1 - float(trial.probability.mean())
        return Effect(
            *(
                joined(
                    scaled(start, 1 + part * slope, level + part * (even - slope * centre)),
                    scaled(trees, part),
                )
                for part in (treated, treated - 1)
            )
        )

    return learn


def cross_told(trial: Trial, base: Base, seed: int, folds: int = FOLDS) -> Told:
    """The trial with log-odds by what did not learn from the row's customer."""
    odds, fold = np.empty(len(trial)), trial.folds(folds, seed)
    for one in range(folds):
        odds[fold == one] = _raw(base(trial.take(fold != one), seed), trial.matrix[fold == one])
    return Told(trial, odds, odds - odds.mean())


def _trees(told: Told, seed: int) -> lgb.Booster:
    """Trees of f, each scaled by what is kept of it."""
    steps, fold = EFFECT.rounds // STEP, told.trial.folds(FOLDS, seed)
    loss = np.zeros((steps + 1, len(fold)))
    for one in range(FOLDS):
        learn, held = told.take(fold != one), told.take(fold == one)
        even, slope = _line(learn)
        prefixes = [
            prefix_scores(booster, held.trial.matrix, steps, STEP) for booster in _fitted(learn, seed)
        ]
        odds = held.odds + held.lever * (even + slope * held.beyond + np.mean(prefixes, axis=0))
        loss[:, fold == one] = log_loss(odds, held.trial.outcome)
    shares = np.repeat(kept(weights(loss))[1:], STEP)
    return averaged([scaled(booster, shares[: booster.num_trees()]) for booster in _fitted(told, seed)])


def _fitted(told: Told, seed: int) -> list[lgb.Booster]:
    """Trees of f by several seeds, all kept, beside the line that suits the same rows."""
    even, slope = _line(told)
    lever, outcome = told.lever, told.trial.outcome
    odds = told.odds + lever * (even + slope * told.beyond)

    def slopes(added: Floats, _: lgb.Dataset) -> tuple[Floats, Floats]:
        chance = expit(odds + lever * added)
        return lever * (chance - outcome), lever**2 * chance * (1 - chance)

    return boost_by(slopes, told.trial, EFFECT, range(seed, seed + SEEDS))


def _line(told: Told) -> tuple[float, float]:
    """The effect at the centre, and what it gains with each unit of the base's log-odds."""
    levers = told.lever[:, None] * np.column_stack([np.ones(len(told.odds)), told.beyond])
    even, slope = _numbers(told, levers, CERTAINTY, CERTAINTY_OF_SLOPE)
    return float(even), float(slope)


def _numbers(told: Told, levers: Floats, *certainty: float) -> Floats:
    """What `levers` (rows, numbers) times a number each add to the log-odds, zeros expected before."""
    numbers, prior = np.zeros(levers.shape[1]), np.array(certainty)
    for _ in range(NEWTON_STEPS):
        chance = expit(told.odds + levers @ numbers)
        slope = levers.T @ (told.trial.outcome - chance) - prior * numbers
        curvature = (levers.T * (chance * (1 - chance))) @ levers + np.diag(prior)
        numbers = numbers + np.linalg.solve(curvature, slope)
    return numbers


def _raw(booster: lgb.Booster, matrix: Floats) -> Floats:
    return predicted(booster, matrix, raw_score=True)
