"""What a problem and its lists add up to."""

import numpy as np

from serving.selection.problem import Books, nothing, shortage, value_of
from tests.serving.selection.selection_cases import problem_of

BOOKS = Books(1, np.array([0, 1, -1], dtype=np.int32), np.array([4.0, 5.0]))
PROBLEM = problem_of(
    [[[1.0, 2.0, 3.0], [4.0, 5.0, -np.inf]], [[6.0, 7.0, 8.0], [9.0, 1.0, -np.inf]]],
    [[[1.0, 2.0], [3.0, 4.0]]],
    [9.0],
    [8.0],
    books=BOOKS,
)
CHOSEN = np.array([[1, -1, 0], [-1, 1, -1]], dtype=np.int8)


def test_what_a_list_takes_and_is_worth() -> None:
    assert PROBLEM.used(CHOSEN).tolist() == [2.0 + 1.0 + 4.0, 1.0, 1.0]
    assert value_of(PROBLEM, CHOSEN) == 4.0 + 3.0 + 1.0
    assert shortage(PROBLEM, CHOSEN).tolist() == [1.0, 0.0, 0.0]
    assert PROBLEM.used(nothing(PROBLEM)).tolist() == [0.0, 0.0, 0.0]
    assert PROBLEM.upper.tolist() == [9.0, 4.0, 5.0]
    assert PROBLEM.lower.tolist() == [8.0, 0.0, 0.0]


def test_a_part_keeps_its_own() -> None:
    part = PROBLEM.part(np.array([2, 1]), np.array([3.0, 1.0, 2.0]), np.array([1.0, 0.0, 0.0]))
    assert part.expected[0, 0].tolist() == [3.0, 2.0]
    assert (part.limits.tolist(), part.minima.tolist()) == ([3.0], [1.0])
    assert part.books is not None
    assert (part.books.owner.tolist(), part.books.capacity.tolist()) == ([-1, 1], [1.0, 2.0])


def test_scale_and_ranks() -> None:
    assert PROBLEM.scale == np.mean([9.0, 7.0, 8.0])
    assert PROBLEM.ranks.tolist() == [0, 1, 2]
