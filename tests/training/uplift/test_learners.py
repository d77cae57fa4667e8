"""All learners answer alike."""

import numpy as np

from training.uplift.learners import ALONE, learners


def test_each_learns_from_a_trial_and_answers_row_by_row(draw) -> None:
    trial, _ = draw(rows=400)
    for name, learner in learners().items():
        uplift = learner(trial, 0).predict(trial.matrix)
        assert uplift.shape == (400,), name
        assert np.isfinite(uplift).all(), name
        assert np.abs(uplift).max() < 1, name


def test_those_helped_by_the_bank_come_first() -> None:
    assert list(learners()) == ["shifted alike", "shifted slightly", "shifted freely", *ALONE]
