"""Prices and the bound they prove."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.selection_prices import best_prices, bound_at, choices_at, feasible_side
from serving.selection_problem import Problem

WORTH = np.array([[10.0, 9.0, 1.0], [8.0, -np.inf, 3.0]])
PROBLEM = Problem(WORTH, np.array([[1.0, 0.0]]), np.array([1.0]), np.arange(3, dtype=np.uint64))


def test_choices_alone() -> None:
    chosen, worth = choices_at(PROBLEM, np.array([3.0]))
    assert chosen.tolist() == [1, 0, 1]
    assert worth.tolist() == [8.0, 6.0, 3.0]
    nobody, nothing = choices_at(
        Problem(-WORTH, PROBLEM.usage, PROBLEM.limits, PROBLEM.ties), np.array([0.0])
    )
    assert nobody.tolist() == [-1, 1, -1]
    assert nothing[0] == 0.0


@settings(max_examples=50)
@given(st.floats(0, 20))
def test_every_price_proves_a_bound(price: float) -> None:
    # The best list is worth 20: 8 + 9 + 3.
    assert bound_at(PROBLEM, np.array([price])) >= 20.0 - 1e-9


def test_the_best_prices_prove_about_the_best_bound() -> None:
    assert bound_at(PROBLEM, best_prices(PROBLEM)) <= 20.0 * 1.001


def test_a_sample_is_only_where_it_begins() -> None:
    rng = np.random.default_rng(0)
    many = Problem(
        rng.exponential(10, (8, 9_000)),
        np.kron(np.eye(2), np.ones(4)),
        np.array([500.0, 4_000.0]),
        rng.integers(0, 2**63, 9_000).astype(np.uint64),
    )
    prices = best_prices(many)
    demand = many.used(choices_at(many, prices)[0])
    np.testing.assert_allclose(demand, many.limits, rtol=0.02)


def test_the_feasible_side_asks_for_no_more_than_there_is() -> None:
    raised = feasible_side(PROBLEM, np.zeros(1), (0, 16, 60))
    assert len(raised) == 3
    assert raised[0].tolist() == [0.0]
    assert PROBLEM.used(choices_at(PROBLEM, raised[-1])[0])[0] <= 1.0
