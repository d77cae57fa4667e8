"""Choosing contacts for a campaign: at most one a customer, under limits that tie customers together.

maximise sum of expected[j, n] * x[j, n]   over x in {0, 1}, at most one j for each customer n,
such that usage[m, j] * x[j, n] adds up to at most limits[m] for every limit m.

A price on every limit lets each customer be decided alone (Lagrangian relaxation; Fisher 1981). The prices
that make the relaxed problem worth least give a bound no list can beat; the list is built from them and
repaired until it keeps every limit. Two runs give the same list.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from serving.selection_fill import NOBODY, fill, value_of
from serving.selection_prices import best_prices, bound_at, feasible_side
from serving.selection_problem import Problem

CHASE_STEPS = (0, 16, 40)
"""How far prices are raised before a list is built from them; which is best depends on the ties."""


@dataclass(frozen=True)
class Selection:
    """`chosen` (customers,): each customer's candidate, -1 for none. `prices` (limits,): of one more unit.

    `value` is the list's; no list within the limits is worth more than `bound`; `greedy_value` is what taking
    the best remaining contact first gives.
    """

    chosen: NDArray[np.int64]
    prices: NDArray[np.float64]
    value: float
    bound: float
    greedy_value: float

    @property
    def gap(self) -> float:
        """How far the list may be from the best, as a share of the bound."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0


def select(problem: Problem) -> Selection:
    """The best list found, and how far it can be from the best there is; never below greedy."""
    # One thread, so that sums are added in one order on any machine; the matrices are small.
    with threadpool_limits(limits=1, user_api="blas"):
        return _select(problem)


def _select(problem: Problem) -> Selection:
    nothing = np.full(problem.customers, NOBODY)
    unpriced = np.zeros(len(problem.limits))
    greedy = fill(problem, unpriced, nothing, by_regret=False)
    if not len(problem.limits):
        value = value_of(problem, greedy)
        return Selection(greedy, unpriced, value, value, value)
    prices = best_prices(problem)
    raised = feasible_side(problem, prices, CHASE_STEPS)
    starts = [fill(problem, at, nothing, paying=True) for at in raised]
    lists = [_improved(problem, prices, start) for start in (*starts, greedy)]
    values = [value_of(problem, found) for found in lists]
    best = int(np.argmax(values))
    bound = min(bound_at(problem, prices), bound_at(problem, unpriced))
    return Selection(lists[best], prices, values[best], bound, value_of(problem, greedy))


def _improved(problem: Problem, prices: NDArray[np.float64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fill what is left and move customers to what is worth more, until nothing moves."""
    while True:
        moved = fill(problem, prices, chosen)
        if np.array_equal(moved, chosen):
            return chosen
        chosen = moved
