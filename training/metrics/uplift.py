"""How well a ranking finds those whom treatment changes: Qini coefficient and AUUC, with intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVEL: Final = 0.95
Measure = Callable[[Floats], float]
"""A figure, given how often each row counts, shape (rows,)."""


@dataclass(frozen=True)
class Ranking:
    """A trial's rows in descending order of predicted uplift, tied ones in one step.

    `order` (rows,); `last` (steps,) the position of each step's last row; `outcome`, `treated` and `control`
    (rows,) in that order, the latter two one over the probability of the arm, 0 in the other arm.
    """

    order: NDArray[np.int64]
    last: NDArray[np.int64]
    outcome: Floats
    treated: Floats
    control: Floats

    def curves(self, counts: Floats | None = None) -> tuple[Floats, Floats, Floats]:
        """Shares contacted (steps + 1,), rising 0 to 1, and what is gained there: by Radcliffe, by uplift.

        Radcliffe 2007, "Using control groups to target on predicted lift": treated outcomes less those of
        the control scaled to as many customers, a treated customer of the whole. Gutierrez & Gérardy 2017,
        "Causal inference and uplift modelling": the difference of the arms' rates times the share
        contacted. Rows weigh one over the probability of their arm. An arm without rows so far gains nothing;
        counts that leave an arm without any tell nothing: NaN.
        """
        rows = np.ones(len(self.order)) if counts is None else counts[self.order]
        people, treated, control = (self._up_to(rows * one) for one in (1.0, self.treated, self.control))
        if not (treated[-1] and control[-1]):
            return (np.full(len(people), np.nan),) * 3
        gained, missed = (self._up_to(rows * one * self.outcome) for one in (self.treated, self.control))
        share = people / people[-1]
        rate, other = _ratio(gained, treated), _ratio(missed, control)
        both = (treated > 0) & (control > 0)
        return share, (gained - treated * other) / treated[-1], np.where(both, rate - other, 0.0) * share

    def qini(self, counts: Floats | None = None) -> float:
        """Area between Radcliffe's curve and the straight line of a random order."""
        return self.areas(counts)[0]

    def auuc(self, counts: Floats | None = None) -> float:
        """Area under the uplift curve; a random order has half of the average effect."""
        return self.areas(counts)[1]

    def areas(self, counts: Floats | None = None) -> tuple[float, float]:
        """Qini coefficient and AUUC, of the same curves."""
        share, gain, lifted = self.curves(counts)
        return float(np.trapezoid(gain, share) - gain[-1] / 2), float(np.trapezoid(lifted, share))

    def _up_to(self, values: Floats) -> Floats:
        return np.concatenate([[0.0], np.cumsum(values)[self.last]])


def ranking(uplift: Floats, treated: Flags, outcome: Floats, probability: Floats) -> Ranking:
    """Rank a trial's rows by `uplift`; all of shape (rows,), `probability` that of having been treated.

    Raises ValueError where an arm is empty: there is nothing to compare with.
    """
    if treated.all() or not treated.any():
        raise ValueError("uplift is measured between two arms; one of them has no row")
    order = np.argsort(-uplift, kind="stable")
    last = np.flatnonzero(np.append(np.diff(uplift[order]) != 0, True))
    return Ranking(
        order,
        last,
        outcome[order],
        np.where(treated, 1 / probability, 0.0)[order],
        np.where(treated, 0.0, 1 / (1 - probability))[order],
    )


def qini(uplift: Floats, treated: Flags, outcome: Floats, probability: Floats) -> float:
    """The Qini coefficient: additional outcomes a customer by this order over a random one.

    It is an average over how many are contacted: 0 for a random order, negative for one worse than that.
    """
    return ranking(uplift, treated, outcome, probability).qini()


def auuc(uplift: Floats, treated: Flags, outcome: Floats, probability: Floats) -> float:
    """The area under the uplift curve."""
    return ranking(uplift, treated, outcome, probability).auuc()


def bootstrap(measure: Measure, customer: NDArray[np.int64], repeats: int, seed: int) -> Floats:
    """The measure over `repeats` draws of as many customers, with all their rows; shape (repeats,).

    Efron & Tibshirani 1993, chapter 8: what is drawn is the independent unit, here the customer. The same
    seed draws the same customers, so that differences of two measures are paired.
    """
    customers, place = np.unique(customer, return_inverse=True)
    random = np.random.default_rng(seed)
    number = len(customers)

    def drawn() -> Floats:
        counts = np.bincount(random.integers(0, number, number), minlength=number)
        return np.asarray(counts[place], dtype=np.float64)

    return np.array([measure(drawn()) for _ in range(repeats)])


def interval(values: Floats) -> tuple[float, float]:
    """The percentile interval of bootstrapped values; NaN ones, of draws that tell nothing, are left out."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
