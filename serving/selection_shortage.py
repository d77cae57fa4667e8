"""Minima that cannot be met: which, by how much, and the proof that no list does better."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from serving.selection_choice import demand_at
from serving.selection_exact import PENALTY
from serving.selection_prices import descend
from serving.selection_problem import Numbers, Problem

STEPS: Final = 60
LEAST: Final = 1e-6


@dataclass(frozen=True)
class Shortage:
    """A minimum (its row) that the list misses: what was asked, what it reaches.

    `reachable`: customers whom a contact that counts may reach at all. `proven`: how much all minima
    together are missed by in any list.
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

    The dual of the phase-one problem, in which contacts are worth nothing and a missed unit costs one.
    """
    flat = np.where(problem.expected > -np.inf, 0.0, -np.inf)
    # `descend` caps what a minimum may pay at PENALTY best contacts; here that cap is to be one.
    level = 1.0 / PENALTY
    flat += level
    phase = replace(problem, expected=flat)
    prices = descend(phase, flat, np.where(problem.lower > 0, -1.0, 0.0), STEPS)
    total, _ = demand_at(phase, prices, flat - level)
    held = np.where(prices > 0, prices * problem.upper, prices * problem.lower).sum()
    return max(0.0, float(-(held + total)))


def _reachable(problem: Problem, row: int) -> int:
    counts = problem.usage[row] > 0
    return int((problem.expected[counts] > -np.inf).any(axis=0).sum())
