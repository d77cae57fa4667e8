"""Prices and the bound they prove."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.selection.choice import demand_at
from serving.selection.prices import best_prices, bound_at, moved, own_prices
from serving.selection.problem import Books
from serving.selection.select import select
from tests.serving.selection.selection_cases import problem_of, random_problem

PROBLEM = problem_of([[[10.0, 9.0, 1.0]], [[8.0, -np.inf, 3.0]]], [[[1.0], [0.0]]], [1.0])
"""The best list is worth 20: 8 + 9 + 3."""


@settings(max_examples=50)
@given(st.floats(0, 20))
def test_every_price_proves_a_bound(price: float) -> None:
    assert bound_at(PROBLEM, np.array([price])) >= 20.0 - 1e-9


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 300), st.integers(0, 100))
def test_no_list_is_worth_more_than_any_bound(seed: int, draw: int) -> None:
    problem = random_problem(seed)
    found = select(problem)
    prices = np.random.default_rng(draw).uniform(0, 5, len(problem.upper))
    prices[problem.lower > 0] -= 2.5
    if not found.short:
        assert bound_at(problem, prices) >= found.value - 1e-9


def test_the_best_prices_prove_about_the_best_bound() -> None:
    assert best_prices(PROBLEM).bound <= 20.0 * 1.001


def test_a_sample_is_only_where_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.selection import prices

    monkeypatch.setattr(prices, "SAMPLE_CELLS", 2_000)
    monkeypatch.setattr(prices, "MIDDLE", 3_000)
    rng = np.random.default_rng(0)
    many = problem_of(
        rng.exponential(10, (2, 4, 9_000)).tolist(),
        [[[1.0] * 4, [0.0] * 4], [[0.0] * 4, [1.0] * 4]],
        [500.0, 4_000.0],
    )
    many = replace(many, ties=rng.integers(0, 2**63, 9_000).astype(np.uint64))
    found = best_prices(many)
    np.testing.assert_allclose(demand_at(many, found.prices, found.moved)[1], many.limits, rtol=0.01)


def test_every_manager_has_an_own_price() -> None:
    books = Books(0, np.array([0, 0, 0, 1, -1], dtype=np.int32), np.array([1.0, 1.0]))
    problem = problem_of([[[9.0, 7.0, 5.0, 8.0, -np.inf]]], [], [], books=books)
    prices = own_prices(problem, problem.expected, np.zeros(2))
    # The first manager's second customer is just kept away; the second has room.
    assert prices.tolist() == [pytest.approx(7.0), 0.0]


def test_worths_move_by_no_more_than_told_and_by_another_amount_each() -> None:
    equal = problem_of([[[5.0] * 50]], [[[1.0]]], [1.0])
    worth = moved(equal, 0.01)
    assert np.abs(worth - 5.0).max() <= 0.05
    assert len(np.unique(worth)) == 50
