"""Greedy in a few steps is greedy contact by contact."""

import numpy as np
import pytest

import serving.selection.greedy
from serving.selection.greedy import greedy
from serving.selection.problem import shortage, value_of
from tests.serving.selection.selection_cases import broken, one_by_one, problem_of, random_problem


@pytest.mark.parametrize("block", [3, 1 << 14])
def test_as_one_contact_after_the_other(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.selection.greedy, "BLOCK", block)
    monkeypatch.setattr(serving.selection.greedy, "CHUNK", 2 * block)
    for seed in range(60):
        problem = random_problem(seed)
        if problem.minima.any():
            continue
        found = greedy(problem)
        assert broken(problem, found) == []
        assert value_of(problem, found) == pytest.approx(one_by_one(problem)), seed


def test_minima_come_first() -> None:
    problem = problem_of(
        [[[9.0, 8.0]], [[1.0, 2.0]]], [[[1.0], [1.0]], [[0.0], [1.0]]], [2.0, 2.0], [0.0, 1.0]
    )
    found = greedy(problem)
    assert found.tolist() == [[0, -1], [-1, 0]]
    assert not shortage(problem, found).any()


def test_equals_go_by_their_hashes() -> None:
    problem = problem_of([[[5.0, 5.0, 5.0]]], [[[1.0]]], [2.0])
    assert greedy(problem)[0].tolist() == [0, 0, -1]
    assert greedy(problem.part(np.array([2, 1, 0]), problem.upper, problem.lower))[0].tolist() == [-1, 0, 0]
