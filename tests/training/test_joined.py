"""Trees put together answer the sum of what they answered apart."""

import lightgbm as lgb
import numpy as np
import pytest
from numpy.typing import NDArray

from training.joined import joined, scaled

Floats = NDArray[np.float64]

RANDOM = np.random.default_rng(1)
NUMBERS = RANDOM.uniform(-1, 1, (1500, 4))
CODES = RANDOM.integers(0, 6, 1500)
MATRIX = np.column_stack([NUMBERS, CODES])
"""Four numbers and a category."""


def booster(target: Floats, objective: str) -> lgb.Booster:
    settings = {"objective": objective, "num_leaves": 5, "verbosity": -1, "num_threads": 1}
    rows = lgb.Dataset(MATRIX, label=target, categorical_feature=[4], params=settings)
    return lgb.train(settings, rows, 12)


@pytest.fixture(scope="module")
def outcome() -> lgb.Booster:
    return booster((RANDOM.random(1500) < 0.4 + 0.2 * NUMBERS[:, 1]).astype(float), "binary")


def test_raw_scores_add_up_and_the_objective_stays(outcome: lgb.Booster) -> None:
    second = booster(NUMBERS[:, 0] + (CODES == 2), "regression")
    both = joined(outcome, second)
    expected = outcome.predict(MATRIX, raw_score=True) + second.predict(MATRIX)
    assert both.predict(MATRIX, raw_score=True) == pytest.approx(expected, abs=1e-12)
    assert both.predict(MATRIX) == pytest.approx(1 / (1 + np.exp(-expected)), abs=1e-12)
    assert both.num_trees() == outcome.num_trees() + second.num_trees()


def test_trees_are_scaled_each_by_its_factor(outcome: lgb.Booster) -> None:
    trees = outcome.num_trees()
    factors = np.linspace(1, 0, trees)
    single = np.array(
        [outcome.predict(MATRIX, raw_score=True, start_iteration=at, num_iteration=1) for at in range(trees)]
    )
    found = scaled(outcome, factors, 0.25).predict(MATRIX, raw_score=True)
    assert found == pytest.approx(factors @ single + 0.25, abs=1e-12)
    halved = scaled(outcome, 0.5).predict(MATRIX, raw_score=True)
    assert halved == pytest.approx(outcome.predict(MATRIX, raw_score=True) / 2, abs=1e-12)
