"""What each customer chooses alone at prices: against trying everything, and whatever the blocks."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from serving.selection import choice
from serving.selection.choice import choices_at, compatible_sets, demand_at, picked
from serving.selection.problem import Problem
from tests.serving.selection.selection_cases import random_problem


def best_alone(problem: Problem, prices: NDArray[np.float64], customer: int) -> float:
    """Every combination of channels tried."""
    best = 0.0
    channels = range(-1, problem.expected.shape[1])
    for cells in product(channels, repeat=len(problem.expected)):
        taken = [(action, channel) for action, channel in enumerate(cells) if channel >= 0]
        actions = {action for action, _ in taken}
        if len(taken) > problem.most or any(actions.issuperset(pair) for pair in problem.exclusions):
            continue
        total = 0.0
        for action, channel in taken:
            total += problem.expected[action, channel, customer]
            total -= prices[: len(problem.limits)] @ problem.usage[:, action, channel]
            if problem.books is not None and channel == problem.books.channel:
                total -= prices[len(problem.limits) + problem.books.owner[customer]]
        best = max(best, total)
    return best


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 1_000))
def test_choices_are_the_best_there_are(seed: int) -> None:
    problem = random_problem(seed, customers=5)
    prices = np.random.default_rng(seed).uniform(-2, 6, len(problem.upper))
    _, worth = choices_at(problem, prices)
    alone = [best_alone(problem, prices, customer) for customer in range(5)]
    np.testing.assert_allclose(worth, alone, atol=1e-9)


@pytest.mark.parametrize("seed", [3, 8])
def test_blocks_change_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_problem(seed, customers=50)
    prices = np.full(len(problem.upper), 0.5)
    whole, (total, used) = choices_at(problem, prices), demand_at(problem, prices)
    np.testing.assert_allclose(problem.used(whole[0]), used)
    assert total == pytest.approx(whole[1].sum())
    monkeypatch.setattr(choice, "BLOCK", 7)
    pieces = choices_at(problem, prices)
    np.testing.assert_array_equal(pieces[0], whole[0])
    np.testing.assert_array_equal(pieces[1], whole[1])
    np.testing.assert_allclose(demand_at(problem, prices)[1], used)


def test_the_largest_sets_without_an_excluded_pair() -> None:
    assert compatible_sets(3, ()) == ((0, 1, 2),)
    assert compatible_sets(4, ((0, 1), (1, 2))) == ((0, 2, 3), (1, 3))
    assert compatible_sets(3, ((0, 1), (1, 2), (0, 2))) == ((0,), (1,), (2,))


def test_only_what_gains_is_picked() -> None:
    worth = np.array([[3.0, -1.0], [2.0, -np.inf], [0.0, 1.0]])
    assert picked(worth, 3, ((0, 1, 2),)).T.tolist() == [[True, True, False], [False, False, True]]
    assert picked(worth, 1, ((0, 1, 2),)).T.tolist() == [[True, False, False], [False, False, True]]
