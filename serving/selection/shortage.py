"""Minima that cannot be met: which, by how much, and the proof that no list does better."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from serving.selection.exact import cells_of, least_shortage
from serving.selection.problem import Numbers, Problem

PROVEN_CELLS: Final = 30_000
LEAST: Final = 1e-6


@dataclass(frozen=True)
class Shortage:
    """A minimum (its row) that the list misses: what was asked, what it reaches.

    `reachable`: customers whom a contact that counts may reach at all. `proven`: how much all minima
    together are missed by in any list, at least.
    """

    row: int
    asked: float
    reached: float
    reachable: int
    proven: float

    @property
    def missing(self) -> float:
        """By how much."""
        return self.asked - self.reached


def relieved(problem: Problem, missing: Numbers) -> Problem:
    """The problem with its minima lowered by what a list misses them by, `missing` (rows,)."""
    rows = len(problem.limits)
    return replace(problem, minima=np.maximum(problem.minima - missing[:rows], 0.0))


def unavoidable(problem: Problem, missing: Numbers) -> tuple[Shortage, ...]:
    """What is to be said of the minima missed by `missing` (rows,)."""
    proven = least_missing(problem)
    return tuple(
        Shortage(
            int(row),
            float(problem.lower[row]),
            float(problem.lower[row] - missing[row]),
            _reachable(problem, int(row)),
            proven,
        )
        for row in np.flatnonzero(missing > LEAST)
    )


def least_missing(problem: Problem) -> float:
    """A lower bound on what all minima together are missed by, whatever the list.

    Small problems: by the phase-one programme, in which contacts are worth nothing and a missed unit costs
    one. Large ones: by what the customers who may be reached can count for at most.
    """
    if cells_of(problem) <= PROVEN_CELLS:
        return least_shortage(problem)
    rows = np.flatnonzero(problem.minima > 0)
    each = (
        problem.usage[rows].max(axis=2).sum(axis=1)
        if problem.most > 1
        else problem.usage[rows].max(axis=(1, 2))
    )
    most = [_reachable(problem, int(row)) * use for row, use in zip(rows, each, strict=True)]
    return float(np.maximum(problem.minima[rows] - most, 0.0).sum())


def _reachable(problem: Problem, row: int) -> int:
    counts = problem.usage[row] > 0
    return int((problem.expected[counts] > -np.inf).any(axis=0).sum())
