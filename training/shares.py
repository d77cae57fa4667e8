"""Shares of rows and ratios of shares, with intervals in closed form, as sure as many at once need.

Draws tell a 95 % interval; of a hundred figures at once one has to be surer of each, further out than a few
hundred draws reach.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from training.intervals import COVERED, Interval

Floats = NDArray[np.float64]


def sure(figures: int) -> float:
    """How much each of so many intervals has to cover so that all at once do with 95 % (Bonferroni)."""
    return 1 - (1 - COVERED) / max(figures, 1)


def share_of(events: Floats, customers: NDArray[np.int64], covered: float) -> Interval:
    """The share of `events`, each 0 to 1, among rows of `customers`, (rows,) each; NaN without rows.

    The exact interval (Clopper & Pearson 1934) of as many rows as they are worth: a customer's rows resemble
    each other (Korn & Graubard 1998, "Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data").
    """
    if not len(events):
        return Interval(*[float("nan")] * 3)
    share, rows = float(events.mean()), _worth(events, customers)
    tail, true = (1 - covered) / 2, share * rows
    low = betaincinv(true, rows - true + 1, tail) if true > 0 else 0.0
    high = betaincinv(true + 1, rows - true, 1 - tail) if true < rows else 1.0
    return Interval(share, float(low), float(high))


def _worth(events: Floats, customers: NDArray[np.int64]) -> float:
    """As many rows of different customers would tell as much; where all are alike a customer is one."""
    off = events - events.mean()
    customer = np.unique(customers, return_inverse=True)[1]
    apart = float((off**2).sum())
    if apart < np.finfo(float).eps * len(events):
        return float(customer.max() + 1)
    return len(events) * apart / max(float((np.bincount(customer, off) ** 2).sum()), apart)


def ratio_of(one: Interval, other: Interval) -> Interval:
    """One share over another, of other customers; infinite over 0, where the low end tells what is proven.

    MOVER-R: Newcombe 2016, "MOVER-R confidence intervals for ratios and products of two independently
    estimated quantities", in the form that is defined where a bound is twice the other share.
    """
    both = one.value * other.value

    def below() -> float:
        above, against = _side(one.low, one.value), _side(other.high, other.value)
        return above / (both + _root(both, above * against)) if above > 0 else 0.0

    def beyond() -> float:
        above, against = _side(one.high, one.value), _side(other.low, other.value)
        return (both + _root(both, above * against)) / against if against > 0 else float("inf")

    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(np.float64(one.value) / other.value)
    return Interval(value, below(), beyond())


def _side(bound: float, share: float) -> float:
    return bound * (2 * share - bound)


def _root(both: float, sides: float) -> float:
    return float(np.sqrt(max(both**2 - sides, 0.0)))
