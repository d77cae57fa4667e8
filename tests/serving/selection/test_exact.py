"""The exact programme: minima, and prices by complementary slackness."""

import numpy as np
import pytest

from serving.selection.exact import cells_of, improve, relaxed_prices, solve
from serving.selection.problem import nothing, shortage, value_of
from tests.serving.selection.selection_cases import broken, problem_of, random_problem

TORN = problem_of([[[10.0, 9.0]], [[8.0, 2.0]]], [[[1.0], [0.0]]], [1.0])


def test_by_hand() -> None:
    found = solve(TORN)
    assert found is not None
    assert (value_of(TORN, found.chosen), found.bound) == (17.0, pytest.approx(17.0))
    assert cells_of(TORN) == 4
    improved = improve(TORN, 0.0)
    assert improved is not None
    assert value_of(TORN, improved) == 17.0


def test_the_price_lies_between_what_one_more_and_one_less_are_worth() -> None:
    # With two places the first action adds 2 more; without one it costs 7.
    (price,) = relaxed_prices(TORN)
    assert 2.0 - 1e-9 <= price <= 7.0 + 1e-9


def test_a_minimum_has_a_negative_price_where_it_costs() -> None:
    forced = problem_of([[[5.0, 5.0]], [[1.0, 2.0]]], [[[0.0], [1.0]]], [9.0], [1.0])
    (price,) = relaxed_prices(forced)
    assert -4.0 - 1e-9 <= price <= -3.0 + 1e-9
    found = solve(forced)
    assert found is not None
    assert value_of(forced, found.chosen) == 7.0


def test_minima_that_exclude_each_other_are_missed_by_as_little_as_can_be() -> None:
    both = problem_of([[[5.0]], [[1.0]]], [[[1.0], [0.0]], [[0.0], [1.0]]], [9.0, 9.0], [1.0, 1.0])
    found = solve(both)
    assert found is not None
    assert shortage(both, found.chosen).sum() == 1.0
    assert value_of(both, found.chosen) == 5.0


def test_nobody_to_contact() -> None:
    empty = problem_of([[[-np.inf]]], [[[1.0]]], [1.0])
    found = solve(empty)
    assert found is not None
    np.testing.assert_array_equal(found.chosen, nothing(empty))
    assert improve(empty, 0.0) is None
    assert relaxed_prices(empty).tolist() == [0.0]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    problem = random_problem(7)
    found = solve(problem)
    assert found is not None
    assert broken(problem, found.chosen) == []
    assert capfd.readouterr().out == ""
