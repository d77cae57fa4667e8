"""What each customer would choose alone, once every limit has a price (Fisher 1981): exact and vectorised.

Customers are taken block by block, small enough for a processor's cache; blocks run side by side and are
added up in their own order, so that the number of processors changes nothing.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from serving.selection.problem import Chosen, Numbers, Problem

BLOCK: Final = 1 << 15
THREADS: Final = min(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class Best:
    """Per action, for some customers: the best channel's worth after prices, and which it is.

    Shape (actions, customers) each; `worth` is -inf where no channel is open.
    """

    worth: Numbers
    channel: Chosen


def choices_at(problem: Problem, prices: Numbers, expected: Numbers | None = None) -> tuple[Chosen, Numbers]:
    """What every customer takes at these prices, and its worth after them: shape (customers,).

    `prices` (rows,); `expected` in place of the problem's. Only what is worth more than its price is taken.
    """
    blocks = list(_over_blocks(problem, lambda part: _chosen(problem, prices, expected, part)))
    if not blocks:
        return np.empty((len(problem.expected), 0), dtype=np.int8), np.empty(0)
    return np.concatenate([one for one, _ in blocks], axis=1), np.concatenate([one for _, one in blocks])


def demand_at(problem: Problem, prices: Numbers, expected: Numbers | None = None) -> tuple[float, Numbers]:
    """The worth of everyone's choice after prices, added up, and what the choices take of each row."""

    def block(part: slice) -> tuple[float, Numbers]:
        chosen, worth = _chosen(problem, prices, expected, part)
        return float(worth.sum()), _used(problem, chosen, part)

    blocks = list(_over_blocks(problem, block))
    used = np.zeros(len(problem.upper))
    for _, one in blocks:
        used += one
    return sum(worth for worth, _ in blocks), used


def best_channels(problem: Problem, prices: Numbers, expected: Numbers, part: slice) -> Best:
    """Each action's best channel for the customers of `part`."""
    price = np.einsum("m,mac->ac", prices[: len(problem.limits)], problem.usage)
    own = _own_price(problem, prices, part)
    actions, channels, _ = expected.shape
    worth = np.full((actions, len(range(*part.indices(problem.customers)))), -np.inf)
    channel = np.zeros(worth.shape, dtype=np.int8)
    for action in range(actions):
        for place in range(channels):
            reduced = expected[action, place, part] - price[action, place]
            if problem.books is not None and place == problem.books.channel:
                reduced -= own
            better = reduced > worth[action]
            np.copyto(worth[action], reduced, where=better)
            np.copyto(channel[action], np.int8(place), where=better)
    return Best(worth, channel)


def picked(worth: Numbers, most: int, sets: tuple[tuple[int, ...], ...]) -> NDArray[np.bool_]:
    """Which actions are taken, shape (actions, customers): the worthiest that may go together.

    `worth` (actions, customers); `sets`: the largest sets of actions without an excluded pair.
    """
    found = np.zeros(worth.shape, dtype=np.bool_)
    if most == 1:
        first = worth.argmax(axis=0)
        customers = np.flatnonzero(worth.max(axis=0, initial=-np.inf) > 0)
        found[first[customers], customers] = True
        return found
    best = np.full(worth.shape[1], -np.inf)
    for allowed in sets:
        rows = np.array(allowed)
        order = np.argsort(-worth[rows], axis=0, kind="stable")[:most]
        gain = np.maximum(np.take_along_axis(worth[rows], order, axis=0), 0.0)
        total = gain.sum(axis=0)
        better = np.flatnonzero(total > best)
        best[better] = total[better]
        found[:, better] = False
        for taken, gained in zip(rows[order], gain, strict=True):
            paying = better[gained[better] > 0]
            found[taken[paying], paying] = True
    return found


def compatible_sets(actions: int, exclusions: tuple[tuple[int, int], ...]) -> tuple[tuple[int, ...], ...]:
    """The largest sets of actions in which no excluded pair is together."""
    sets = {frozenset(range(actions))}
    for pair in exclusions:
        sets = {
            smaller
            for one in sets
            for smaller in ([one - {pair[0]}, one - {pair[1]}] if one.issuperset(pair) else [one])
        }
        sets = {one for one in sets if not any(one < other for other in sets)}
    return tuple(sorted(tuple(sorted(one)) for one in sets))


def _chosen(
    problem: Problem, prices: Numbers, expected: Numbers | None, part: slice
) -> tuple[Chosen, Numbers]:
    best = best_channels(problem, prices, problem.expected if expected is None else expected, part)
    sets = compatible_sets(len(best.worth), problem.exclusions)
    taken = picked(best.worth, problem.most, sets)
    return np.where(taken, best.channel, np.int8(-1)), np.where(taken, best.worth, 0.0).sum(axis=0)


def _own_price(problem: Problem, prices: Numbers, part: slice) -> Numbers | float:
    """What each customer's own manager asks for; the last, for those without one, is never looked at."""
    if problem.books is None:
        return 0.0
    return np.append(prices[len(problem.limits) :], 0.0)[problem.books.owner[part]]


def _used(problem: Problem, chosen: Chosen, part: slice) -> Numbers:
    """As `Problem.used`, for the customers of `part` only."""
    channels = problem.expected.shape[1]
    counts = np.array([np.bincount(row + 1, minlength=channels + 1)[1:] for row in chosen])
    used = np.asarray(np.einsum("mac,ac->m", problem.usage, counts.reshape(len(chosen), channels)))
    if problem.books is None:
        return used
    served = (chosen == problem.books.channel).sum(axis=0)
    who = np.flatnonzero(served)
    own = np.bincount(problem.books.owner[part][who], served[who], minlength=problem.managers)
    return np.concatenate([used, own])


def _over_blocks(problem: Problem, work: Callable[[slice], Any]) -> Iterator[Any]:
    parts = [slice(start, start + BLOCK) for start in range(0, problem.customers, BLOCK)]
    if len(parts) < 2:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(work, parts)
