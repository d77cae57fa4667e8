"""Filling a list: moves are admitted in order, and only as far as they fit."""

import numpy as np

from serving.selection_fill import NOBODY, fill, value_of
from serving.selection_problem import Problem


def problem(expected: list[list[float]], usage: list[list[float]], limits: list[float]) -> Problem:
    worth = np.array(expected)
    ties = np.arange(worth.shape[1], dtype=np.uint64)[::-1].copy()
    return Problem(worth, np.array(usage), np.array(limits), ties)


NO_PRICES = np.zeros(1)


def test_greedy_takes_the_best_that_still_fits() -> None:
    # A budget of 5: the contact worth 9 costs 4; then only those that cost 1 fit.
    budget = problem([[9.0, 8.0, 1.0], [3.0, 2.0, -np.inf]], [[4.0, 1.0]], [5.0])
    chosen = fill(budget, NO_PRICES, np.full(3, NOBODY), by_regret=False)
    assert chosen.tolist() == [0, 1, -1]
    assert value_of(budget, chosen) == 11.0


def test_equals_go_by_their_hashes() -> None:
    equal = problem([[5.0, 5.0, 5.0]], [[1.0]], [2.0])
    assert fill(equal, NO_PRICES, np.full(3, NOBODY), by_regret=False).tolist() == [-1, 0, 0]


def test_who_has_an_equal_alternative_waits() -> None:
    # Both want the first candidate; the second customer can have nearly as much elsewhere.
    torn = problem([[5.0, 9.0], [-np.inf, 8.0]], [[1.0, 0.0]], [1.0])
    assert fill(torn, NO_PRICES, np.full(2, NOBODY)).tolist() == [0, 1]


def test_a_move_gives_back_what_it_leaves() -> None:
    # The only place is taken by the customer who moves to a dearer candidate of the same channel.
    moving = problem([[3.0], [5.0]], [[1.0, 1.0]], [1.0])
    assert fill(moving, NO_PRICES, np.array([0])).tolist() == [1]


def test_paying_moves_only_where_the_price_is_earned() -> None:
    priced = problem([[5.0, 3.0]], [[1.0]], [2.0])
    nobody = np.full(2, NOBODY)
    assert fill(priced, np.array([4.0]), nobody, paying=True).tolist() == [0, -1]
    assert fill(priced, np.array([4.0]), nobody).tolist() == [0, 0]


def test_a_finished_list_stays() -> None:
    full = problem([[5.0, 3.0]], [[1.0]], [1.0])
    assert fill(full, NO_PRICES, np.array([0, NOBODY])).tolist() == [0, -1]
