"""Choosing contacts for a campaign: a few a customer, under limits that tie customers together.

maximise sum of expected[a, c, n] * x[a, c, n]   over x in {0, 1}, each action through one channel,
at most `most` actions for each customer and no excluded pair, such that what the contacts take of every
limit lies between its minimum and its maximum, and of every manager's book within its capacity.

Small problems are solved exactly (HiGHS). In large ones a price on every limit lets each customer be decided
alone (Lagrangian relaxation; Fisher 1981): the prices prove a bound no list can beat, and the list made from
them keeps every limit. Two runs give the same list.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from serving.selection.choice import choices_at
from serving.selection.core import better, listed, within
from serving.selection.exact import cells_of, relaxed_prices, solve
from serving.selection.greedy import greedy
from serving.selection.order import in_order
from serving.selection.prices import best_prices, bound_at
from serving.selection.problem import Chosen, Numbers, Problem, nothing, shortage, tolerance, value_of
from serving.selection.shortage import Shortage, relieved, unavoidable

EXACT_CELLS: Final = 20_000
"""Contacts to choose from, up to which the exact programme answers in seconds."""

PROVEN: Final = 1e-9
"""The share of its bound by which a greedy list may miss it and still be the best there is."""

ROUGHLY: Final = 1e-3
"""The share of a limit that may stay unused while its price is still told."""


@dataclass(frozen=True)
class Selection:
    """`chosen` (actions, customers): each action's channel, -1 for none.

    `prices` (rows,): what one more unit of each limit or book is worth; where a minimum binds, less than
    nothing: what one unit less of it is worth. 0 where there is room. `value` is the list's; no list within
    the limits is worth more than `bound`; `greedy_value` is what taking the best remaining contact first
    gives. `short` says which minima cannot be met, and by how much; the bound is then that of the lists
    that miss them by no less.
    """

    chosen: Chosen
    prices: Numbers
    value: float
    bound: float
    greedy_value: float
    short: tuple[Shortage, ...] = ()

    @property
    def gap(self) -> float:
        """How far the list may be from the best, as a share of the bound."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0


def select(problem: Problem, exact_cells: int = EXACT_CELLS) -> Selection:
    """The best list found, and how far it can be from the best there is; never below greedy.

    With more than `exact_cells` contacts to choose from, by prices.
    """
    # One thread, so that sums are added in one order on any machine; the matrices are small.
    with threadpool_limits(limits=1, user_api="blas"):
        return _select(problem, exact_cells)


def _select(problem: Problem, exact_cells: int) -> Selection:
    first = greedy(problem)
    if not len(problem.upper):
        chosen, _ = choices_at(problem, np.zeros(0))
        value = value_of(problem, chosen)
        return Selection(chosen, np.zeros(0), value, value, value_of(problem, first))
    small = cells_of(problem) <= exact_cells
    chosen, prices, bound = _exactly(problem, first) if small else _by_prices(problem, first)
    chosen = in_order(problem, chosen)
    missing = shortage(problem, chosen)
    short = unavoidable(problem, missing) if missing.any() else ()
    return Selection(
        chosen,
        _told(problem, prices, chosen),
        value_of(problem, chosen),
        max(bound, value_of(problem, chosen)),
        value_of(problem, first),
        short,
    )


def _exactly(problem: Problem, first: Chosen) -> tuple[Chosen, Numbers, float]:
    prices = relaxed_prices(problem)
    bound = bound_at(problem, prices)
    if not shortage(problem, first).any() and value_of(problem, first) >= bound * (1 - PROVEN):
        # As under a single capacity. HiGHS 1.12 may take minutes to presolve that.
        return first, prices, bound
    found = solve(problem)
    if found is None:
        return _by_prices(problem, first)
    chosen = better(problem, [within(problem, prices, found.chosen), first])
    eased = relieved(problem, shortage(problem, chosen))
    return chosen, prices, min(found.bound, bound_at(eased, prices))


def _by_prices(problem: Problem, first: Chosen) -> tuple[Chosen, Numbers, float]:
    priced = best_prices(problem)
    chosen = better(problem, [listed(problem, priced.prices, priced.moved), first])
    missing = shortage(problem, chosen)
    if not missing.any():
        return chosen, priced.prices, priced.bound
    # A minimum that cannot be met pays any price; what it takes from the others is told without it.
    eased = relieved(problem, missing)
    again = best_prices(eased, _bounded(eased, priced.prices))
    chosen = better(problem, [listed(eased, again.prices, again.moved), chosen, nothing(problem)])
    return chosen, again.prices, again.bound


def _bounded(problem: Problem, prices: Numbers) -> Numbers:
    return np.where(problem.lower > 0, prices, np.maximum(prices, 0.0))


def _told(problem: Problem, prices: Numbers, chosen: Chosen) -> Numbers:
    """Prices of what is used up; one more of what is left over is worth nothing."""
    used = problem.used(chosen)
    most = np.concatenate([problem.usage.max(axis=(1, 2), initial=0.0), np.ones(problem.managers)])
    spare = np.maximum(most, ROUGHLY * problem.upper)
    left = np.where(prices > 0, problem.upper - used >= spare, used - problem.lower >= spare)
    # A minimum that is missed would pay any price.
    missed = problem.lower > used + tolerance(problem.lower)
    return np.where(left | missed | (prices == 0), 0.0, prices)
