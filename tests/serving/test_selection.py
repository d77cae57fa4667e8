"""Selecting under limits, against exact optima."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from serving.selection import select
from serving.selection_problem import Problem


def exact(problem: Problem) -> float:
    """The best value there is, by HiGHS."""
    candidates, customers = np.nonzero(problem.expected > 0)
    places = np.arange(len(candidates))
    if not len(places):
        return 0.0
    shape = (problem.customers, len(places))
    one_each = LinearConstraint(coo_array((np.ones(len(places)), (customers, places)), shape).tocsr(), ub=1)
    limits = LinearConstraint(problem.usage[:, candidates], ub=problem.limits)
    found = milp(
        -problem.expected[candidates, customers],
        constraints=[one_each, limits],
        integrality=np.ones(len(places)),
        bounds=Bounds(0, 1),
    )
    return float(-found.fun)


def random_problem(seed: int, customers: int | None = None) -> Problem:
    """Products × channels: channel capacities, some quotas and perhaps a budget; many equal customers."""
    rng = np.random.default_rng(seed)
    people = customers or int(rng.integers(3, 50))
    products, channels = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    probability = rng.beta(1, 6, (products, people))
    if seed % 3 == 0:
        probability = np.round(probability, 1)  # calibration by steps leaves many equal
    cost = rng.uniform(0.1, 5, channels)
    worth = probability * rng.uniform(10, 200, (products, 1))
    expected = worth[:, np.newaxis] * rng.uniform(0.5, 1, (channels, 1)) - cost[:, np.newaxis]
    expected[(rng.random(expected.shape) < 0.2) | (expected <= 0)] = -np.inf
    place = np.indices((products, channels))
    usage = [np.float64(place[1] == channel) for channel in range(channels)]
    usage += [np.float64(place[0] == product) for product in range(products) if rng.random() < 0.6]
    limits = rng.integers(0, max(2, people // 2), len(usage)).tolist()
    if rng.random() < 0.7:
        usage.append(np.broadcast_to(cost, (products, channels)))
        limits.append(float(rng.uniform(0, people * cost.mean() / 2)))
    return Problem(
        expected=expected.reshape(-1, people),
        usage=np.array(usage).reshape(len(usage), -1),
        limits=np.array(limits, dtype=np.float64),
        ties=rng.integers(0, 2**63, people).astype(np.uint64),
    )


def problem_of(expected: list[list[float]], usage: list[list[float]], limits: list[float]) -> Problem:
    worth = np.array(expected, dtype=np.float64)
    ties = np.arange(worth.shape[1], dtype=np.uint64)
    return Problem(
        worth, np.array(usage, dtype=np.float64).reshape(len(limits), len(worth)), np.array(limits), ties
    )


def kept(problem: Problem, chosen: NDArray[np.int64]) -> bool:
    """Whether a list keeps every limit and makes no forbidden contact."""
    customers = np.flatnonzero(chosen >= 0)
    allowed = problem.expected[chosen[customers], customers] > 0
    return bool((problem.used(chosen) <= problem.limits + 1e-9).all() and allowed.all())


def test_small_problems_come_close_to_the_optimum_and_never_below_greedy() -> None:
    found, best = 0.0, 0.0
    for seed in range(60):
        problem = random_problem(seed)
        selection, optimum = select(problem), exact(problem)
        assert kept(problem, selection.chosen), seed
        assert selection.greedy_value <= selection.value + 1e-9, seed
        assert selection.value <= optimum + 1e-6, seed
        assert optimum <= selection.bound + 1e-6, seed
        found, best = found + selection.value, best + optimum
    assert found >= 0.999 * best


def test_many_customers_have_a_small_gap() -> None:
    problem = random_problem(6, customers=20_000)
    selection = select(problem)
    assert kept(problem, selection.chosen)
    assert selection.gap <= 0.001
    np.testing.assert_array_equal(select(problem).chosen, selection.chosen)


def test_the_dearer_first_by_hand() -> None:
    # One place in the first channel: the second customer loses less by the other one.
    problem = problem_of([[10.0, 9.0], [2.0, 7.0]], [[1.0, 0.0]], [1.0])
    selection = select(problem)
    assert selection.chosen.tolist() == [0, 1]
    assert (selection.value, selection.greedy_value) == (17.0, 17.0)
    # Greedy takes 10 and is left with 2; the best is 9 + 8.
    harder = problem_of([[10.0, 9.0], [8.0, 2.0]], [[1.0, 0.0]], [1.0])
    assert (select(harder).value, select(harder).greedy_value) == (17.0, 12.0)


def test_a_limit_that_does_not_bind_changes_nothing() -> None:
    problem = problem_of([[10.0, 9.0, -np.inf], [8.0, 2.0, 1.0]], [[1.0, 0.0]], [1.0])
    wide = problem_of([[10.0, 9.0, -np.inf], [8.0, 2.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]], [1.0, 99.0])
    np.testing.assert_array_equal(select(problem).chosen, select(wide).chosen)
    assert select(wide).prices[1] == pytest.approx(0.0, abs=1e-6)


def test_without_limits_everyone_has_the_best() -> None:
    selection = select(problem_of([[1.0, 5.0, -np.inf], [2.0, 4.0, -np.inf]], [], []))
    assert selection.chosen.tolist() == [1, 0, -1]
    assert (selection.value, selection.bound, selection.gap) == (7.0, 7.0, 0.0)


@pytest.mark.parametrize(
    "problem",
    [
        problem_of([[1.0, 2.0]], [[1.0]], [0.0]),
        problem_of([[-np.inf, -np.inf]], [[1.0]], [5.0]),
        Problem(np.empty((2, 0)), np.ones((1, 2)), np.ones(1), np.empty(0, dtype=np.uint64)),
    ],
    ids=["no room", "nothing worth it", "nobody"],
)
def test_nothing_to_choose_is_an_empty_list(problem: Problem) -> None:
    selection = select(problem)
    assert (selection.chosen == -1).all()
    assert (selection.value, selection.gap if selection.bound else 0.0) == (0.0, pytest.approx(0.0, abs=1.0))


def test_equal_customers_are_taken_in_the_order_of_their_hashes() -> None:
    rng = np.random.default_rng(0)
    ties = rng.permutation(100).astype(np.uint64)
    problem = Problem(np.full((1, 100), 3.0), np.ones((1, 1)), np.array([10.0]), ties)
    assert sorted(ties[select(problem).chosen == 0].tolist()) == list(range(10))


def test_a_price_is_what_one_more_would_be_worth() -> None:
    worth = np.sort(np.random.default_rng(1).uniform(0, 100, 400))[::-1]
    problem = problem_of([worth.tolist()], [[1.0]], [100.0])
    (price,) = select(problem).prices
    assert price == pytest.approx(worth[100], abs=1.0)
