"""Equals are served in the order of their hashes, and nobody else is touched."""

from dataclasses import replace

import numpy as np

from serving.selection.order import in_order
from serving.selection.problem import Books
from tests.serving.selection.selection_cases import problem_of

PROBLEM = problem_of([[[5.0, 5.0, 7.0, 5.0]], [[1.0, 1.0, 1.0, 1.0]]], [[[1.0], [1.0]]], [9.0])
CHOSEN = np.array([[-1, -1, 0, 0], [0, -1, -1, -1]], dtype=np.int8)


def test_the_more_valuable_goes_to_the_earlier_hash() -> None:
    assert in_order(PROBLEM, CHOSEN).tolist() == [[0, -1, 0, -1], [-1, 0, -1, -1]]
    later = replace(PROBLEM, ties=PROBLEM.ties[::-1].copy())
    assert in_order(later, CHOSEN).tolist() == [[-1, -1, 0, 0], [-1, 0, -1, -1]]


def test_another_manager_is_not_equal() -> None:
    books = Books(0, np.array([0, 1, 0, 2], dtype=np.int32), np.ones(3))
    assert in_order(replace(PROBLEM, books=books), CHOSEN).tolist() == CHOSEN.tolist()
