"""Trees put together answer the sum of what they answered apart."""

from dataclasses import replace

import numpy as np
import pytest

from training.uplift.joined import joined, scaled
from training.uplift.lengths import prefix_scores
from training.uplift.trees import EFFECT, OUTCOME, boost


def test_raw_scores_add_up_and_the_objective_stays(draw) -> None:
    trial, _ = draw(rows=1500)
    codes = np.random.default_rng(1).integers(0, 6, 1500)
    trial = replace(trial, matrix=np.column_stack([trial.matrix, codes]), categorical=(4,))
    first = boost(trial, trial.outcome, "binary", OUTCOME, 0)
    second = boost(trial, trial.outcome * trial.matrix[:, 0] + (codes == 2), "regression", EFFECT, 1)
    both = joined(first, second)
    expected = first.predict(trial.matrix, raw_score=True) + second.predict(trial.matrix)
    assert both.predict(trial.matrix, raw_score=True) == pytest.approx(expected, abs=1e-12)
    assert both.predict(trial.matrix) == pytest.approx(1 / (1 + np.exp(-expected)), abs=1e-12)
    assert both.num_trees() == first.num_trees() + second.num_trees()


def test_trees_are_scaled_each_by_its_factor(draw) -> None:
    trial, _ = draw(rows=800)
    booster = boost(trial, trial.outcome, "binary", OUTCOME, 0)
    factors = np.linspace(1, 0, booster.num_trees())
    single = np.diff(prefix_scores(booster, trial.matrix, booster.num_trees(), 1), axis=0)
    found = scaled(booster, factors, 0.25).predict(trial.matrix, raw_score=True)
    assert found == pytest.approx(factors @ single + 0.25, abs=1e-12)
    halved = scaled(booster, 0.5).predict(trial.matrix, raw_score=True)
    assert halved == pytest.approx(booster.predict(trial.matrix, raw_score=True) / 2, abs=1e-12)
