"""The frontier: what the best list earns for each budget."""

from dataclasses import replace

import numpy as np
import pytest

from serving.selection.frontier import frontier
from serving.selection.select import select
from tests.serving.selection.selection_cases import problem_of


def test_it_rises_ever_more_slowly_and_no_list_lies_above() -> None:
    rng = np.random.default_rng(2)
    problem = problem_of(rng.uniform(1, 9, (2, 2, 300)).tolist(), [[[1.0, 0.0], [1.0, 0.0]]], [80.0])
    cost = np.array([[3.0, 1.0], [2.0, 1.5]])
    points = frontier(problem, cost, np.zeros(1), None)
    budgets, values = np.array([(point.budget, point.expected_value) for point in points]).T
    slopes = np.diff(values) / np.diff(budgets)
    assert (np.diff(slopes) <= 1e-3).all()
    for budget in (50.0, 200.0):
        limited = replace(
            problem,
            usage=np.concatenate([problem.usage, cost[np.newaxis]]),
            limits=np.append(problem.limits, budget),
            minima=np.zeros(2),
        )
        found = select(limited).value
        (point,) = frontier(limited, cost, np.zeros(2), 1)[-1:]
        assert point.expected_value == pytest.approx(values[-1], rel=1e-3)
        # Between two points the curve runs below the true one, by little.
        assert found == pytest.approx(np.interp(budget, budgets, values), rel=0.02)


def test_without_cost_or_customers_there_is_none() -> None:
    free = problem_of([[[5.0, 6.0]]], [[[1.0]]], [9.0])
    assert frontier(free, np.zeros((1, 1)), np.zeros(1), None) == ()
    assert frontier(problem_of([[[]]], [[[1.0]]], [9.0]), np.ones((1, 1)), np.zeros(1), None) == ()
