"""Selecting under limits, against exact optima."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.selection.problem import Books, Problem, nothing, shortage, value_of
from serving.selection.select import Selection, select
from tests.serving.selection.selection_cases import broken, one_by_one, problem_of, random_problem

BY_PRICES = 0
NONE = -np.inf


def brute_force(problem: Problem) -> tuple[float, float]:
    """The least shortage there is, and the most such a list is worth: every list tried."""
    choices = range(-1, problem.expected.shape[1])
    best = (np.inf, np.inf)
    for cells in product(choices, repeat=len(problem.expected) * problem.customers):
        chosen = np.array(cells, dtype=np.int8).reshape(len(problem.expected), problem.customers)
        if not broken(problem, chosen):
            best = min(best, (float(shortage(problem, chosen).sum()), -value_of(problem, chosen)))
    return best[0], -best[1]


def test_tiny_problems_agree_with_trying_everything() -> None:
    rng = np.random.default_rng(4)
    for seed in range(25):
        worth = np.round(rng.uniform(1, 9, (2, 2, 3)), 1)
        worth[rng.random(worth.shape) < 0.3] = NONE
        usage = [[[1.0, 0.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]], [[2.0, 1.0], [2.0, 1.0]]]
        problem = problem_of(
            worth.tolist(), usage, [1.0, 2.0, 4.0], [0.0, float(seed % 3), 0.0], most=1 + seed % 2
        )
        least, most = brute_force(problem)
        for cells in (BY_PRICES, 10_000):
            found = select(problem, cells)
            assert broken(problem, found.chosen) == []
            assert shortage(problem, found.chosen).sum() == pytest.approx(least), (seed, cells)
            assert found.value == pytest.approx(most), (seed, cells)
            assert sum(one.missing for one in found.short) == pytest.approx(least)
            assert all(one.proven <= least + 1e-6 for one in found.short)


@pytest.mark.parametrize(
    ("cells", "seeds"), [(BY_PRICES, range(1, 200, 4)), (20_000, range(200))], ids=["by prices", "exactly"]
)
def test_200_small_problems_keep_every_limit_and_come_close_to_the_optimum(cells: int, seeds: range) -> None:
    found, best = 0.0, 0.0
    for seed in seeds:
        problem = random_problem(seed)
        exact = select(problem)
        selection = exact if cells else select(problem, cells)
        assert broken(problem, selection.chosen) == [], seed
        missed, least = (shortage(problem, one.chosen).sum() for one in (selection, exact))
        assert missed == pytest.approx(least, abs=1e-6), seed
        assert selection.value <= selection.bound + 1e-9, seed
        assert exact.value <= selection.bound * (1 + 1e-9) + 1e-6, seed
        if not problem.minima.any():
            assert selection.greedy_value == pytest.approx(one_by_one(problem)), seed
            assert selection.value >= selection.greedy_value - 1e-9, seed
        found, best = found + selection.value, best + exact.value
    assert found >= 0.999 * best


@pytest.mark.parametrize("seed", [5, 6])
def test_many_customers_have_a_small_gap(seed: int) -> None:
    # Books of eight customers each would never meet a fraction's bound; those of 5 have 40 each.
    problem = random_problem(seed, customers=4_000)
    if problem.books is not None:
        owner = np.where(problem.books.owner >= 0, problem.books.owner % 50, -1).astype(np.int32)
        capacity = np.arange(50, dtype=np.float64)
        problem = replace(problem, books=replace(problem.books, owner=owner, capacity=capacity))
    selection = select(problem)
    assert broken(problem, selection.chosen) == []
    assert selection.gap <= 0.001
    if problem.books is None:
        np.testing.assert_array_equal(select(problem).chosen, selection.chosen)


def test_the_dearer_first_by_hand() -> None:
    # One place in the first action: greedy takes 10 and is left with 2; the best is 9 + 8.
    problem = problem_of([[[10.0, 9.0]], [[8.0, 2.0]]], [[[1.0], [0.0]]], [1.0])
    selection = select(problem)
    assert selection.chosen.tolist() == [[-1, 0], [0, -1]]
    assert (selection.value, selection.greedy_value) == (17.0, 12.0)


def test_each_manager_serves_only_the_own_book() -> None:
    books = Books(0, np.array([0, 0, 1], dtype=np.int32), np.array([1.0, 0.0]))
    problem = problem_of([[[5.0, 9.0, 8.0]]], [], [], books=books)
    selection = select(problem)
    assert selection.chosen.tolist() == [[-1, 0, -1]]
    # One more contact is worth 5 to the first manager, 8 to the second.
    assert selection.prices.tolist() == pytest.approx([5.0, 8.0], abs=4.01)


def test_excluded_actions_are_never_together() -> None:
    worth = [[[5.0]], [[4.0]], [[3.0]]]
    apart = problem_of(worth, [], [], most=2, exclusions=((0, 1),))
    assert select(apart).chosen.tolist() == [[0], [-1], [0]]
    assert select(replace(apart, exclusions=())).value == 9.0


@pytest.mark.parametrize("cells", [BY_PRICES, 100])
def test_a_minimum_that_cannot_be_met_is_told_and_the_rest_is_best(cells: int) -> None:
    # Three contacts of the second action are asked; two customers may have it, the channel holds two.
    problem = problem_of(
        [[[9.0, 9.0, 9.0]], [[1.0, 2.0, NONE]]],
        [[[1.0], [1.0]], [[0.0], [1.0]]],
        [2.0, 3.0],
        [0.0, 3.0],
    )
    selection = select(problem, cells)
    (short,) = selection.short
    assert (short.row, short.asked, short.reached, short.missing, short.reachable) == (1, 3.0, 2.0, 1.0, 2)
    assert short.proven == pytest.approx(1.0, abs=1e-3)
    assert selection.value == 3.0
    assert selection.prices[1] == 0.0
    assert broken(problem, selection.chosen) == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.booleans())
def test_a_limit_that_does_not_bind_changes_nothing(seed: int, exactly: bool) -> None:
    problem = random_problem(seed)
    usage = np.concatenate([problem.usage, np.ones_like(problem.usage[:1])])
    wide = replace(
        problem,
        usage=usage,
        limits=np.append(problem.limits, 10.0 * problem.customers),
        minima=np.append(problem.minima, 0.0),
    )
    cells = 20_000 if exactly else BY_PRICES
    narrow, wider = select(problem, cells), select(wide, cells)
    assert wider.prices[len(problem.limits)] == 0.0
    assert wider.value == pytest.approx(narrow.value, rel=1e-6 if exactly else 1e-3, abs=1e-9)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_what_is_left_over_has_no_price(seed: int) -> None:
    problem = random_problem(seed)
    selection = select(problem, BY_PRICES)
    room = problem.upper - problem.used(selection.chosen)
    most = np.append(problem.usage.max(axis=(1, 2)), np.ones(problem.managers))
    slack = (room >= np.maximum(most, 0.001 * problem.upper)) & (problem.lower == 0)
    assert (selection.prices[slack] == 0).all()


def test_without_limits_everyone_has_the_best() -> None:
    selection = select(problem_of([[[1.0, 5.0, NONE]], [[2.0, 4.0, NONE]]], [], []))
    assert selection.chosen.tolist() == [[-1, 0, -1], [0, -1, -1]]
    assert (selection.value, selection.bound, selection.gap) == (7.0, 7.0, 0.0)


@pytest.mark.parametrize("cells", [BY_PRICES, 100])
@pytest.mark.parametrize(
    "problem",
    [
        problem_of([[[1.0, 2.0]]], [[[1.0]]], [0.0]),
        problem_of([[[NONE, NONE]]], [[[1.0]]], [5.0]),
        problem_of([[[]], [[]]], [[[1.0], [1.0]]], [1.0]),
    ],
    ids=["no room", "nothing worth it", "nobody"],
)
def test_nothing_to_choose_is_an_empty_list(problem: Problem, cells: int) -> None:
    selection = select(problem, cells)
    np.testing.assert_array_equal(selection.chosen, nothing(problem))
    assert (selection.value, selection.greedy_value, selection.short) == (0.0, 0.0, ())


@pytest.mark.parametrize("cells", [BY_PRICES, 1_000])
def test_equal_customers_are_taken_in_the_order_of_their_hashes(cells: int) -> None:
    ties = np.random.default_rng(0).permutation(100).astype(np.uint64)
    problem = replace(problem_of([[[3.0] * 100]], [[[1.0]]], [10.0]), ties=ties)
    assert sorted(ties[select(problem, cells).chosen[0] == 0].tolist()) == list(range(10))


@pytest.mark.parametrize("cells", [BY_PRICES, 20_000])
def test_the_order_of_customers_changes_nothing(cells: int) -> None:
    problem = random_problem(3, customers=120)
    order = np.random.default_rng(1).permutation(120)
    shuffled = problem.part(order, problem.upper, problem.lower)
    one, other = select(problem, cells), select(shuffled, cells)
    np.testing.assert_array_equal(one.chosen[:, order], other.chosen)


def test_a_price_is_what_one_more_would_be_worth() -> None:
    worth = np.sort(np.random.default_rng(1).uniform(0, 100, 400))[::-1]
    problem = problem_of([[worth.tolist()]], [[[1.0]]], [100.0])
    for cells in (BY_PRICES, 1_000):
        (price,) = select(problem, cells).prices
        assert price == pytest.approx(worth[100], abs=1.0)


def test_a_selection_knows_its_gap() -> None:
    assert Selection(np.zeros((1, 1), np.int8), np.zeros(0), 99.0, 100.0, 90.0).gap == pytest.approx(0.01)
    assert Selection(np.zeros((1, 1), np.int8), np.zeros(0), 0.0, 0.0, 0.0).gap == 0.0
