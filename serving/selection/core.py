"""From prices to a list: everyone takes what is best at the prices, and the torn are settled exactly.

At good prices the choices ask for a few contacts more or less than the limits hold. Those are taken back,
and the customers who lose least by choosing otherwise (the core; Balas & Zemel 1980) are decided
together, by an integer programme over what the others leave.
"""

from typing import Final

import numpy as np

from serving.selection.choice import best_channels, choices_at
from serving.selection.exact import improve
from serving.selection.problem import (
    NOT_TAKEN,
    Chosen,
    Numbers,
    Places,
    Problem,
    shortage,
    tolerance,
    value_of,
)

CORE_CUSTOMERS: Final = 1_500
CORE_CELLS: Final = 6_000
CORE_GAP: Final = 2e-5
"""Of the whole list's value, where the core's programme may stop."""

LARGEST_GAP: Final = 0.02
"""Of the core's own value, where it may stop at the earliest."""

CHUNK: Final = 1 << 16


def listed(problem: Problem, prices: Numbers, worth: Numbers) -> Chosen:
    """A list within every limit, from prices and the worths at which choices about meet the limits."""
    chosen, _ = choices_at(problem, prices, worth)
    return settled(problem, prices, worth, within(problem, prices, chosen))


def within(problem: Problem, prices: Numbers, chosen: Chosen) -> Chosen:
    """The list without what exceeds the limits: row by row, the contacts worth least at the prices go."""
    chosen = chosen.copy()
    for row in np.flatnonzero(problem.used(chosen) > problem.upper + tolerance(problem.upper)).tolist():
        # Anew for each row: what one row gave up may have been too much of another as well.
        over = problem.used(chosen)[row] - problem.upper[row] - tolerance(problem.upper[row])
        actions, customers, taken = _contacts(problem, row, chosen)
        if over <= 0 or not len(actions):
            continue
        channels = chosen[actions, customers]
        worth = (
            problem.expected[actions, channels, customers]
            - _price(problem, prices, chosen)[actions, customers]
        )
        order = np.lexsort((-problem.ranks[customers], worth / taken))
        count = int(np.searchsorted(np.cumsum(taken[order]), over)) + 1
        chosen[actions[order[:count]], customers[order[:count]]] = NOT_TAKEN
    return chosen


def settled(problem: Problem, prices: Numbers, worth: Numbers, chosen: Chosen) -> Chosen:
    """The list with the core decided anew; the same list if that is no better."""
    core = _core(problem, prices, worth, chosen)
    others = chosen.copy()
    others[:, core] = NOT_TAKEN
    used = problem.used(others)
    # What is used up exactly must not become less than nothing by the order of additions.
    room = np.maximum(problem.upper - used, 0.0)
    part = problem.part(core, room, np.maximum(problem.lower - used, 0.0))
    part = _narrowed(part, prices, chosen[:, core])
    whole, own = value_of(problem, chosen), value_of(part, chosen[:, core])
    found = improve(part, min(CORE_GAP * whole / own, LARGEST_GAP) if own > 0 else CORE_GAP)
    if found is None:
        return chosen
    others[:, core] = found
    return better(problem, [within(problem, prices, others), chosen])


def better(problem: Problem, lists: list[Chosen]) -> Chosen:
    """Of lists within the limits, the one that misses the minima least, then the most valuable one."""
    return min(
        lists, key=lambda one: (round(float(shortage(problem, one).sum()), 6), -value_of(problem, one))
    )


def _contacts(problem: Problem, row: int, chosen: Chosen) -> tuple[Places, Places, Numbers]:
    """Action and customer of each contact that takes of a row, and how much."""
    actions, customers = np.nonzero(chosen >= 0)
    channels = chosen[actions, customers]
    books, first = problem.books, len(problem.limits)
    if row < first or books is None:
        taken = problem.usage[row, actions, channels]
    else:
        taken = np.float64((channels == books.channel) & (books.owner[customers] == row - first))
    uses = taken > 0
    return actions[uses], customers[uses], taken[uses]


def _price(problem: Problem, prices: Numbers, chosen: Chosen) -> Numbers:
    """What each contact of a list costs at the prices, shape (actions, customers); 0 where there is none."""
    first = len(problem.limits)
    price = np.einsum("m,mac->ac", prices[:first], problem.usage)
    found = np.where(chosen >= 0, np.take_along_axis(price, chosen.astype(np.int64), axis=1), 0.0)
    if problem.books is not None:
        own = np.append(prices[first:], 0.0)[problem.books.owner]
        found = found + np.where(chosen == problem.books.channel, own, 0.0)
    return np.asarray(found)


def _core(problem: Problem, prices: Numbers, worth: Numbers, chosen: Chosen) -> Places:
    """The customers who lose least by another choice than that at the prices, or who lost theirs."""
    if problem.customers <= CORE_CUSTOMERS:
        return np.arange(problem.customers)
    parts = [slice(at, at + CHUNK) for at in range(0, problem.customers, CHUNK)]
    regret = np.concatenate([_regret(problem, prices, worth, chosen, part) for part in parts])
    return np.sort(np.lexsort((problem.ranks, regret))[:CORE_CUSTOMERS])


def _regret(problem: Problem, prices: Numbers, worth: Numbers, chosen: Chosen, part: slice) -> Numbers:
    """What the cheapest change of one action loses at the prices, shape (customers,)."""
    best = best_channels(problem, prices, worth, part).worth
    taken = chosen[:, part] >= 0
    free = taken.sum(axis=0) < problem.most
    least = np.where(taken, best, np.inf).min(axis=0)
    threshold = np.where(free, 0.0, least)
    others = np.where(taken, -np.inf, best).max(axis=0)
    instead = np.abs(threshold - others)
    return np.asarray(np.minimum(instead, least))


def _narrowed(part: Problem, prices: Numbers, chosen: Chosen) -> Problem:
    """The part with the `CORE_CELLS` contacts that lose least at the prices, and those of the list."""
    expected = part.expected
    alive = expected > -np.inf
    if np.count_nonzero(alive) <= CORE_CELLS:
        return part
    priced = expected - np.einsum("m,mac->ac", prices[: len(part.limits)], part.usage)[:, :, np.newaxis]
    if part.books is not None:
        priced[:, part.books.channel] -= np.append(prices[len(part.limits) :], 0.0)[part.books.owner]
    loss = np.where(alive, np.maximum(priced.max(axis=(0, 1)), 0.0) - priced, np.inf)
    actions, customers = np.nonzero(chosen >= 0)
    loss[actions, chosen[actions, customers], customers] = -np.inf
    limit = np.partition(loss.ravel(), CORE_CELLS - 1)[CORE_CELLS - 1]
    fewer = np.where(loss <= limit, expected, -np.inf)
    return Problem(
        fewer, part.usage, part.limits, part.ties, part.minima, part.most, part.exclusions, part.books
    )
