"""Best remaining contact first: what every list is held against, and never to fall below.

Everyone proposes the contacts they would get if nobody else were there; proposals are admitted from the
worthiest down until one no longer fits; whoever proposed what has become impossible proposes again. That
is one contact after the other in order of value, in a few hundred steps instead of millions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving.selection.problem import Chosen, Numbers, Places, Problem, nothing, tolerance

BLOCK: Final = 1 << 14
CHUNK: Final = 1 << 16


@dataclass(frozen=True)
class _Queue:
    """Proposals, the worthiest first: `cell` is action * channels + channel."""

    customer: Places
    cell: Places
    worth: Numbers

    def without(self, gone: NDArray[np.bool_]) -> "_Queue":
        return _Queue(self.customer[~gone], self.cell[~gone], self.worth[~gone])


def greedy(problem: Problem) -> Chosen:
    """The greedy list: first for the minima, each up to what it asks for, then for the value alone."""
    chosen = nothing(problem)
    floors = np.flatnonzero(problem.minima > 0)
    if len(floors):
        # No more of a row than its minimum, and only contacts that count towards one.
        limits = problem.limits.copy()
        limits[floors] = np.minimum(limits[floors], problem.minima[floors])
        chosen = _filled(problem, chosen, limits, np.asarray((problem.usage[floors] > 0).any(axis=0)))
    return _filled(problem, chosen, problem.limits, np.ones(problem.usage.shape[1:], dtype=np.bool_))


def _filled(problem: Problem, chosen: Chosen, limits: Numbers, wanted: NDArray[np.bool_]) -> Chosen:
    state = _Greedy(problem, chosen, limits, wanted)
    queue = state.proposals(np.argsort(problem.ties, kind="stable"))
    start = 0
    while start < len(queue.customer):
        part = slice(start, start + BLOCK)
        admitted = state.admit(queue.customer[part], queue.cell[part])
        start += admitted
        if admitted == len(queue.customer[part]):
            continue
        pending = _Queue(queue.customer[start:], queue.cell[start:], queue.worth[start:])
        again = np.zeros(problem.customers, dtype=np.bool_)
        again[pending.customer[state.closed(pending)]] = True
        rest = pending.without(again[pending.customer])
        queue, start = _merged(problem, rest, state.proposals(np.flatnonzero(again))), 0
    return state.chosen


def _merged(problem: Problem, queue: _Queue, more: _Queue) -> _Queue:
    """Both in one order: by worth, then by the order of equals."""
    low = np.searchsorted(-queue.worth, -more.worth, side="left")
    high = np.searchsorted(-queue.worth, -more.worth, side="right")
    rank = problem.ranks[more.customer]
    while (low < high).any():
        middle = np.minimum((low + high) // 2, len(queue.customer) - 1)
        before = (low < high) & (problem.ranks[queue.customer[middle]] < rank)
        low, high = np.where(before, middle + 1, low), np.where(before | (low >= high), high, middle)
    return _Queue(
        np.insert(queue.customer, low, more.customer),
        np.insert(queue.cell, low, more.cell),
        np.insert(queue.worth, low, more.worth),
    )


class _Greedy:
    """The list so far, and what is left of every row."""

    def __init__(self, problem: Problem, chosen: Chosen, limits: Numbers, wanted: NDArray[np.bool_]) -> None:
        self.problem, self.chosen, self._wanted = problem, chosen.copy(), wanted
        rows, self._channels = len(limits), problem.expected.shape[1]
        self._usage = problem.usage.reshape(rows, problem.usage.shape[1] * self._channels)
        room = np.concatenate([limits, problem.upper[rows:]]) - problem.used(chosen)
        self._slack = tolerance(limits)[:, np.newaxis]
        self._room, self._own = room[:rows], room[rows:]

    def admit(self, customers: Places, cells: Places) -> int:
        """Admit proposals in order as far as they fit; how many."""
        taken = np.cumsum(self._usage[:, cells], axis=1)
        fits = np.all(taken <= self._room[:, np.newaxis] + self._slack, axis=0) & self._own_fits(
            customers, cells
        )
        count = len(fits) if fits.all() else int(np.argmin(fits))
        if not count:
            return 0
        actions, channels = np.divmod(cells[:count], self._channels)
        self.chosen[actions, customers[:count]] = channels
        self._room = self._room - taken[:, count - 1]
        books = self.problem.books
        if books is not None:
            served = customers[:count][channels == books.channel]
            self._own = self._own - np.bincount(books.owner[served], minlength=len(self._own))
        return count

    def closed(self, queue: _Queue) -> NDArray[np.bool_]:
        """Which proposals no longer fit, even alone."""
        found = ~self._open()[queue.cell]
        books = self.problem.books
        if books is not None:
            own = queue.cell % self._channels == books.channel
            found |= own & (self._own[books.owner[queue.customer]] < 1)
        return found

    def proposals(self, customers: Places) -> _Queue:
        """What these would get if nobody else were there, in order."""
        parts = [self._proposed(customers[at : at + CHUNK]) for at in range(0, len(customers), CHUNK)]
        if not parts:
            return _Queue(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        who, cell, worth = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.lexsort((self.problem.ranks[who], -worth))
        return _Queue(who[order], cell[order], worth[order])

    def _proposed(self, customers: Places) -> tuple[Places, Places, Numbers]:
        problem, books = self.problem, self.problem.books
        worth = problem.expected[:, :, customers]
        worth[~(self._open().reshape(worth.shape[:2]) & self._wanted)] = -np.inf
        if books is not None:
            full = self._own[books.owner[customers]] < 1
            worth[:, books.channel][:, full] = -np.inf
        channel, best = worth.argmax(axis=1), worth.max(axis=1)
        taken = self.chosen[:, customers] >= 0
        best[taken] = -np.inf
        for one, other in problem.exclusions:
            best[one][taken[other]] = -np.inf
            best[other][taken[one]] = -np.inf
        free = problem.most - taken.sum(axis=0)
        each, found = np.arange(len(customers)), []
        for turn in range(problem.most):
            action = best.argmax(axis=0)
            gain = best[action, each]
            kept = np.flatnonzero((gain > -np.inf) & (free > turn))
            cells = action[kept] * self._channels + channel[action[kept], kept]
            found.append((customers[kept], cells, gain[kept]))
            best[action, each] = -np.inf
            for one, other in problem.exclusions:
                best[other][action == one] = -np.inf
                best[one][action == other] = -np.inf
        who, cell, worth = (np.concatenate(column) for column in zip(*found, strict=True))
        return who, cell, worth

    def _open(self) -> NDArray[np.bool_]:
        """Which cells still fit every limit, shape (cells,)."""
        return np.asarray(np.all(self._usage <= self._room[:, np.newaxis] + self._slack, axis=0))

    def _own_fits(self, customers: Places, cells: Places) -> NDArray[np.bool_]:
        books, fits = self.problem.books, np.ones(len(cells), dtype=np.bool_)
        if books is None:
            return fits
        served = np.flatnonzero(cells % self._channels == books.channel)
        owner = books.owner[customers[served]]
        order = np.argsort(owner, kind="stable")
        sorted_owner = owner[order]
        turn = np.arange(len(order)) - np.searchsorted(sorted_owner, sorted_owner)
        fits[served[order]] = turn < self._own[sorted_owner]
        return fits
