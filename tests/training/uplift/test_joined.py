"""Trees put together answer the sum of what they answered apart."""

from dataclasses import replace

import numpy as np
import pytest

from training.uplift.joined import joined, prefix_scores
from training.uplift.trees import EFFECT, OUTCOME, boost


def test_raw_scores_add_up_and_the_objective_stays(draw) -> None:
    trial, _ = draw(rows=1500)
    codes = np.random.default_rng(1).integers(0, 6, 1500)
    trial = replace(trial, matrix=np.column_stack([trial.matrix, codes]), categorical=(4,))
    first = boost(trial, trial.outcome, "binary", OUTCOME, 0)
    second = boost(trial, trial.outcome * trial.matrix[:, 0] + (codes == 2), "regression", EFFECT, 1)
    factors = np.linspace(1, 0, second.num_trees())
    both = joined(first, second, factors, 0.25)
    single = np.diff(prefix_scores(second, trial.matrix, second.num_trees(), 1), axis=0)
    expected = first.predict(trial.matrix, raw_score=True) + factors @ single + 0.25
    assert both.predict(trial.matrix, raw_score=True) == pytest.approx(expected, abs=1e-12)
    assert both.predict(trial.matrix) == pytest.approx(1 / (1 + np.exp(-expected)), abs=1e-12)
    assert both.num_trees() == first.num_trees() + second.num_trees()


def test_prefixes_end_with_the_whole(draw) -> None:
    trial, _ = draw(rows=500)
    booster = boost(trial, trial.outcome, "binary", OUTCOME, 0)
    scores = prefix_scores(booster, trial.matrix, steps=5, step=15)  # 75 trees asked for, 60 there
    assert (scores[0] == 0).all()
    assert scores[4] == pytest.approx(booster.predict(trial.matrix, raw_score=True), abs=1e-12)
    assert (scores[5] == scores[4]).all()
