"""The efficient frontier: what the best list could earn with less money, or with more."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from serving.selection.choice import demand_at
from serving.selection.prices import bound_at, descend, moved
from serving.selection.problem import Numbers, Problem

LOOKED_AT: Final = 20_000
"""Customers, from whom the others are told; the first in the order of their hashes."""

SHARES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Budgets, as shares of what the list would cost without one."""

MOVED: Final = 1e-3
STEPS: Final = 30


@dataclass(frozen=True)
class Point:
    """A budget, and what no list of it is worth more than; the best list comes close."""

    budget: float
    expected_value: float


def frontier(problem: Problem, cost: Numbers, prices: Numbers, budget_row: int | None) -> tuple[Point, ...]:
    """Points from a budget of nothing to as much as is of use, under all the other limits.

    `cost` (actions, channels) of a contact; `prices` (rows,) where to begin; `budget_row`: the limit that is
    the budget, None without one. Minima are set aside: a small budget could not meet them.
    """
    # One thread, as in `select`: the same sums on any machine, and small matrices are done sooner.
    with threadpool_limits(limits=1, user_api="blas"):
        return _frontier(problem, cost, prices, budget_row)


def _frontier(problem: Problem, cost: Numbers, prices: Numbers, budget_row: int | None) -> tuple[Point, ...]:
    first = len(problem.limits)
    looked = np.flatnonzero(problem.ranks < LOOKED_AT)
    share = len(looked) / max(problem.customers, 1)
    if not share:
        return ()
    part = problem.part(looked, problem.upper * share, np.zeros_like(problem.upper))
    prices = np.maximum(prices, 0.0)
    if budget_row is None:
        part = replace(
            part,
            usage=np.concatenate([part.usage, cost[np.newaxis]]),
            limits=np.append(part.limits, 0.0),
            minima=np.zeros(first + 1),
        )
        prices, budget_row = np.insert(prices, first, 0.0), first
    worth = moved(part, MOVED)
    free = _with_budget(part, budget_row, float(cost.max()) * part.most * part.customers)
    prices = descend(free, worth, prices, STEPS)
    most = float(demand_at(free, prices, worth)[1][budget_row])
    found = [Point(most / share, bound_at(free, prices) / share)]
    for fraction in SHARES[1:]:
        tight = _with_budget(part, budget_row, most * fraction)
        prices = descend(tight, worth, prices, STEPS)
        found.append(Point(most * fraction / share, bound_at(tight, prices) / share))
    return (Point(0.0, 0.0), *found[::-1]) if most > 0 else ()


def _with_budget(problem: Problem, row: int, budget: float) -> Problem:
    limits = problem.limits.copy()
    limits[row] = budget
    return replace(problem, limits=limits)
