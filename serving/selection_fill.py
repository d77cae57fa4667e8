"""Building a list that keeps every limit: customers propose moves, the limits admit them in order."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from serving.selection_problem import Problem

Numbers = NDArray[np.float64]
Chosen = NDArray[np.int64]

NOBODY: Final = -1


def value_of(problem: Problem, chosen: Chosen) -> float:
    """What a list is worth."""
    customers = np.flatnonzero(chosen >= 0)
    return float(problem.expected[chosen[customers], customers].sum())


def fill(
    problem: Problem, prices: Numbers, chosen: Chosen, *, by_regret: bool = True, paying: bool = False
) -> Chosen:
    """Improve a list that keeps the limits, one pass: the same list if no move is left.

    Every customer proposes the move (to a candidate worth more) that gains most at the prices; moves are
    admitted as long as they fit, the largest regret first: who has an equal alternative can wait. When
    something no longer fits, those who proposed it propose again. Without regret, and from nobody chosen at
    prices 0, this is greedy by value. `paying`: only moves that gain something after the prices.
    """
    board = _Board.open(problem, prices, chosen, paying)
    chosen, room = chosen.copy(), problem.limits - problem.used(chosen)
    pending = np.arange(problem.customers)
    target = np.full(problem.customers, NOBODY)
    priority = np.full(problem.customers, -np.inf)
    again = pending
    while len(again):
        target[again], priority[again] = board.propose(again, room, by_regret)
        pending = pending[target[pending] >= 0]
        pending = pending[np.lexsort((problem.ties[pending], -priority[pending]))]
        taken = np.cumsum(board.added(pending, target[pending]), axis=1)
        admitted = _leading(np.all(taken <= room[:, np.newaxis], axis=0))
        chosen[pending[:admitted]] = target[pending[:admitted]]
        room = room - taken[:, admitted - 1] if admitted else room
        pending = pending[admitted:]
        again = pending[board.too_much(room)[board.row(pending), target[pending]]]
    return chosen


def _leading(fits: Any) -> int:
    """How many are true before the first that is not."""
    return len(fits) if fits.all() else int(np.argmin(fits))


@dataclass(frozen=True)
class _Board:
    """What a pass works with: the list it began with, and usage with one more candidate that is nothing."""

    problem: Problem
    chosen: Chosen
    current: Numbers
    usage: Numbers
    prices: Numbers
    paying: bool

    @classmethod
    def open(cls, problem: Problem, prices: Numbers, chosen: Chosen, paying: bool) -> "_Board":
        usage = np.hstack([problem.usage, np.zeros((len(problem.limits), 1))])
        worth = problem.expected[chosen, np.arange(problem.customers)]
        return cls(problem, chosen, np.where(chosen >= 0, worth, 0.0), usage, prices @ usage, paying)

    def row(self, customers: Chosen) -> Chosen:
        """The candidate each customer began with; the last for nothing."""
        found = self.chosen[customers]
        return np.where(found >= 0, found, self.usage.shape[1] - 1)

    def added(self, customers: Chosen, target: Chosen) -> Numbers:
        """What each move takes more of each limit, shape (limits, customers)."""
        return np.asarray(self.usage[:, target] - self.usage[:, self.row(customers)])

    def too_much(self, room: Numbers) -> NDArray[np.bool_]:
        """Shape (candidates + 1, candidates): whether a move from one to the other does not fit."""
        taken = self.problem.usage[:, np.newaxis, :] - self.usage[:, :, np.newaxis]
        return np.asarray((taken > room[:, np.newaxis, np.newaxis]).any(axis=0))

    def propose(self, customers: Chosen, room: Numbers, by_regret: bool) -> tuple[Chosen, Numbers]:
        """Each customer's best move that fits (-1 for none), and its priority."""
        began = self.row(customers)
        worth = self.problem.expected[:, customers]
        gain = worth - self.prices[:-1, np.newaxis] - (self.current[customers] - self.prices[began])
        possible = (worth > self.current[customers]) & ~self.too_much(room)[began].T
        gain[~(possible & (gain > 0) if self.paying else possible)] = -np.inf
        each = np.arange(len(customers))
        target = gain.argmax(axis=0)
        best = gain[target, each]
        priority = best
        if by_regret:
            gain[target, each] = -np.inf
            priority = best - np.maximum(gain.max(axis=0), 0.0)
        return np.where(best > -np.inf, target, NOBODY), priority
