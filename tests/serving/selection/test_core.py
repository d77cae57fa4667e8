"""From prices to a list: nothing exceeds the limits, and the torn are settled."""

import numpy as np
import pytest

from serving.selection import core
from serving.selection.core import better, listed, settled, within
from serving.selection.prices import best_prices
from serving.selection.problem import nothing, value_of
from tests.serving.selection.selection_cases import broken, problem_of, random_problem

PROBLEM = problem_of([[[10.0, 9.0, 3.0]], [[8.0, 2.0, 1.0]]], [[[1.0], [0.0]]], [1.0])


def test_what_is_too_much_goes_the_least_worthy_first() -> None:
    everyone = np.array([[0, 0, 0], [-1, -1, -1]], dtype=np.int8)
    assert within(PROBLEM, np.zeros(1), everyone).tolist() == [[0, -1, -1], [-1, -1, -1]]


def test_the_core_is_settled_exactly() -> None:
    greedy = np.array([[0, -1, -1], [-1, 0, 0]], dtype=np.int8)
    assert value_of(PROBLEM, settled(PROBLEM, np.zeros(1), PROBLEM.expected, greedy)) == 18.0


def test_a_core_of_some_customers_keeps_every_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "CORE_CUSTOMERS", 20)
    monkeypatch.setattr(core, "CORE_CELLS", 40)
    for seed in range(8):
        problem = random_problem(seed, customers=200)
        priced = best_prices(problem)
        assert broken(problem, listed(problem, priced.prices, priced.moved)) == [], seed


def test_the_better_list_misses_less_before_it_is_worth_more() -> None:
    problem = problem_of([[[9.0]], [[1.0]]], [[[0.0], [1.0]]], [1.0], [1.0])
    rich, dutiful = np.array([[0], [-1]], dtype=np.int8), np.array([[-1], [0]], dtype=np.int8)
    assert better(problem, [rich, dutiful, nothing(problem)]).tolist() == dutiful.tolist()
