"""Estimates with confidence intervals: differences of proportions and of means, and means by customer."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate and the bounds of its confidence interval; infinite bounds where nothing can be said."""

    estimate: float
    low: float
    high: float

    def times(self, factor: float) -> "Interval":
        """The same of something `factor` times as large; factor at least 0."""
        return Interval(self.estimate * factor, self.low * factor, self.high * factor)

    def covers(self, truth: float) -> bool:
        """Whether the truth lies within."""
        return self.low <= truth <= self.high


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """A proportion of at least one trial with Wilson's score interval (Wilson 1927)."""
    found = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return Interval(successes / trials, float(found.low), float(found.high))


def difference_of_proportions(
    one: tuple[int, int], other: tuple[int, int], confidence: float = CONFIDENCE
) -> Interval:
    """One proportion less the other, each as (successes, trials), trials at least 1.

    Newcombe's hybrid score interval (Newcombe 1998, Statistics in Medicine 17:873, method 10): it keeps its
    coverage with rare events and never leaves [-1, 1].
    """
    first, second = wilson(*one, confidence), wilson(*other, confidence)
    difference = first.estimate - second.estimate
    below = np.hypot(first.estimate - first.low, second.high - second.estimate)
    above = np.hypot(first.high - first.estimate, second.estimate - second.low)
    return Interval(difference, float(difference - below), float(difference + above))


def difference_of_means(one: Numbers, other: Numbers, confidence: float = CONFIDENCE) -> Interval:
    """The mean of one sample less that of the other, of unequal variances (Welch 1947).

    Shapes (n,) and (m,); with fewer than two values in either the bounds are infinite.
    """
    difference = float(np.mean(one) - np.mean(other))
    if min(len(one), len(other)) < 2:
        return Interval(difference, -np.inf, np.inf)
    parts = [float(np.var(sample, ddof=1)) / len(sample) for sample in (one, other)]
    if sum(parts) == 0:
        return Interval(difference, difference, difference)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(other) - 1))
    return around(difference, float(np.sqrt(sum(parts))), freedom, confidence)


def mean_by_customer(terms: Numbers, customers: Places, confidence: float = CONFIDENCE) -> Interval:
    """The mean over rows, whose rows of one customer may hang together.

    Shapes (rows,); `customers` are whole numbers from 0. The variance is that of the customers' sums (the
    cluster-robust sandwich, Liang & Zeger 1986).
    """
    mean = float(np.mean(terms))
    error, clusters = clustered_error((terms - mean) / len(terms), customers)
    return around(mean, error, clusters - 1, confidence)


def clustered_error(influence: Numbers, customers: Places) -> tuple[float, int]:
    """The standard error of an estimate from each row's influence on it, and how many customers there are.

    Infinite with fewer than two customers.
    """
    sums = np.bincount(customers, weights=influence)
    clusters = len(np.unique(customers))
    if clusters < 2:
        return np.inf, clusters
    return float(np.sqrt(np.sum(sums**2) * clusters / (clusters - 1))), clusters


def around(estimate: float, error: float, freedom: float, confidence: float = CONFIDENCE) -> Interval:
    """Student's interval of so many degrees of freedom around an estimate with this standard error."""
    half = float(stats.t.ppf((1 + confidence) / 2, freedom)) * error if np.isfinite(error) else np.inf
    return Interval(estimate, estimate - half, estimate + half)
