"""The average effect of contacting: the difference of the arms' rates, in every draw and as counted."""

import numpy as np
from numpy.typing import NDArray

from training.intervals import Interval
from training.metrics.calibration import wilson

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Customers = NDArray[np.int64]


def drawn_effect(
    treated: Flags, outcome: Floats, probability: Floats, customer: Customers, draws: Floats
) -> Floats:
    """The effect in each draw of customers, shape (1 + draws,); NaN where a draw leaves an arm empty.

    The first four have shape (rows,), `customer` being places in `draws`, as `draw_customers` gives them.
    Rows weigh one over the probability of their arm, and each arm's weights sum to 1 (Hájek 1971).
    """
    rates = []
    for arm, chance in ((treated, probability), (~treated, 1 - probability)):
        rates.append(drawn_mean(outcome, customer, draws, arm / chance))
    return rates[0] - rates[1]


def drawn_mean(values: Floats, customer: Customers, draws: Floats, weight: Floats | None = None) -> Floats:
    """The weighted mean of values (rows,) in each draw, shape (1 + draws,); NaN where nothing weighs."""
    weight = np.ones(len(values)) if weight is None else weight
    total, rows = (
        draws @ np.bincount(customer, one, minlength=draws.shape[1]) for one in (weight * values, weight)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(total / rows)


def counted_effect(found: Interval, treated: Flags, outcome: Floats, probability: Floats) -> Interval:
    """An effect, or its distance from what was predicted, no surer than counting makes it.

    At least as wide as Newcombe's interval of a difference of rates (1998, "Interval estimation for the
    difference between independent proportions", method 10): arms in which nothing happened show, however they
    are drawn, that nothing ever does. Weighted rows count as many as Kish's effective sample (1965). An empty
    arm leaves the interval as it is.
    """
    ends = []
    for arm, chance in ((treated, probability), (~treated, 1 - probability)):
        if not arm.any():
            return found
        weight = 1 / chance[arm]
        rate = np.array([np.average(outcome[arm], weights=weight)])
        low, high = wilson(rate, np.array([weight.sum() ** 2 / (weight**2).sum()]))
        ends.append((float(rate[0] - low[0]), float(high[0] - rate[0])))
    (below, above), (below_control, above_control) = ends
    low_end = found.value - float(np.hypot(below, above_control))
    high_end = found.value + float(np.hypot(above, below_control))
    return Interval(found.value, float(np.fmin(found.low, low_end)), float(np.fmax(found.high, high_end)))
