"""Equals by their hashes: where a list could choose freely, the first customers get the contacts."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving.decision.keyed import mix
from serving.selection.problem import Chosen, Places, Problem

ODD: Final = np.uint64(0x9E3779B97F4A7C15)


def in_order(problem: Problem, chosen: Chosen) -> Chosen:
    """The same list with its contacts handed round among equals, the more valuable to the earlier hash.

    Equal are customers to whom every contact is worth the same, and who have the same manager.
    """
    if not problem.customers:
        return chosen
    owner = problem.books.owner if problem.books is not None else np.zeros(problem.customers, np.int32)
    key = _column_hashes(problem)
    order = np.lexsort((problem.ranks, owner, key))
    run = np.cumsum(~_same(problem, key, owner, order))
    runs = np.empty(problem.customers, dtype=np.int64)
    runs[order] = run
    code = np.zeros(problem.customers, dtype=np.int64)
    worth = np.zeros(problem.customers)
    for expected, taken in zip(problem.expected, chosen, strict=True):
        code = code * (len(expected) + 1) + taken
        each = np.flatnonzero(taken >= 0)
        worth[each] += expected[taken[each], each]
    given = np.lexsort((code, -worth, runs))
    ordered = chosen.copy()
    ordered[:, order] = chosen[:, given]
    return ordered


def _column_hashes(problem: Problem) -> NDArray[np.uint64]:
    found = np.zeros(problem.customers, dtype=np.uint64)
    for row in problem.expected.reshape(-1, problem.customers):
        found = mix(found * ODD, row.view(np.uint64))
    return found


def _same(
    problem: Problem, key: NDArray[np.uint64], owner: NDArray[np.int32], order: Places
) -> NDArray[np.bool_]:
    """Whether each customer, in this order, equals the one before: told by the hash, then looked at."""
    same = np.zeros(len(order), dtype=np.bool_)
    same[1:] = (key[order[1:]] == key[order[:-1]]) & (owner[order[1:]] == owner[order[:-1]])
    places = np.flatnonzero(same)
    for row in problem.expected.reshape(-1, problem.customers):
        same[places] &= row[order[places]] == row[order[places - 1]]
    return same
