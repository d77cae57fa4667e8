"""How sure a figure is: the bootstrap over customers.

Customers are drawn with replacement, each with all their rows: a customer's snapshots resemble each other, so
that drawing rows would make intervals too narrow (cluster bootstrap, Davison & Hinkley 1997, section 3.8).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

Floats = NDArray[np.float64]

COVERED = 0.95
"""Of the draws lie within an interval."""


@dataclass(frozen=True)
class Interval:
    """A figure and the percentile interval of its draws (Efron & Tibshirani 1993, chapter 13)."""

    value: float
    low: float
    high: float


def draw_customers(customers: int, draws: int, seed: int) -> Floats:
    """How often each customer is drawn, shape (1 + draws, customers); the first row is 1 for everyone.

    Figures compared with each other must share it: their difference is then of the same customers.
    """
    random = np.random.default_rng(seed)
    times = [
        np.bincount(random.integers(customers, size=customers), minlength=customers) for _ in range(draws)
    ]
    return np.array([np.ones(customers), *times], dtype=np.float64)


def interval(figures: Floats) -> Interval:
    """Of a figure in each draw, shape (1 + draws,), everyone first; undefined draws are NaN and skipped."""
    drawn = figures[1:][np.isfinite(figures[1:])]
    if not len(drawn):
        return Interval(float(figures[0]), float("nan"), float("nan"))
    low, high = np.quantile(drawn, [(1 - COVERED) / 2, (1 + COVERED) / 2])
    return Interval(float(figures[0]), float(low), float(high))


def paired_mean(differences: Floats, weights: Floats, customers: NDArray[np.int64]) -> tuple[float, float]:
    """The weighted mean of a difference a row and its standard error, of shape (rows,) each.

    `customers` numbers each row's customer, whose rows count as one (Liang & Zeger 1986).
    """
    mean = float(np.average(differences, weights=weights))
    moved = np.bincount(customers, weights / weights.sum() * (differences - mean))
    return mean, float(np.sqrt((moved**2).sum()))


def counted(found: Interval, events: int, rows: int, scale: float) -> Interval:
    """A figure that is `scale` times a share of `events` among `rows`, no surer than counting makes it.

    At least as wide as the exact interval of the share (Clopper & Pearson 1934): customers of whom none left
    show, however they are drawn, that none ever does.
    """
    if not rows or not np.isfinite(scale):
        return found
    exact, share = binomtest(events, rows).proportion_ci(COVERED, method="exact"), events / rows
    low, high = (found.value + scale * (bound - share) for bound in (exact.low, exact.high))
    return Interval(found.value, float(np.fmin(found.low, low)), float(np.fmax(found.high, high)))
