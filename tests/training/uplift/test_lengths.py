"""Lengths that foretell better count more, and what is not sure to help counts less."""

import numpy as np
import pytest

from training.uplift.lengths import kept, log_loss, prefix_scores, weights
from training.uplift.trees import OUTCOME, boost


def test_lengths_that_help_are_kept_and_those_that_harm_are_not() -> None:
    random = np.random.default_rng(0)
    steps = np.array([0.0, -0.05, -0.1, 0.1])[:, None]
    loss = 0.5 + steps + 0.01 * random.normal(size=(4, 1000))
    assert weights(loss) == pytest.approx([0, 0, 1, 0], abs=1e-6)
    assert kept(weights(loss)) == pytest.approx([1, 1, 1, 0], abs=1e-6)


def test_shares_fall_with_length_and_alike_lengths_share_alike() -> None:
    assert kept(weights(np.full((4, 10), 0.3))) == pytest.approx([1, 0.75, 0.5, 0.25])
    shares = kept(weights(np.random.default_rng(1).random((6, 200))))
    assert (np.diff(shares) <= 0).all()


def test_the_less_sure_of_two_equal_gains_counts_less() -> None:
    gain = np.full(400, 0.01)
    shaky = gain + np.tile([0.2, -0.2], 200)
    sure, unsure = (weights(np.array([np.zeros(400), -one]))[1] for one in (gain, shaky))
    assert sure > 0.9
    assert unsure < sure


def test_log_loss_is_that_of_the_probability() -> None:
    odds, outcome = np.array([-2.0, 0.0, 3.0]), np.array([0.0, 1.0, 1.0])
    chance = 1 / (1 + np.exp(-odds))
    assert log_loss(odds, outcome) == pytest.approx(-np.log(np.where(outcome == 1, chance, 1 - chance)))


def test_prefixes_end_with_the_whole(draw) -> None:
    trial, _ = draw(rows=500)
    booster = boost(trial, trial.outcome, "binary", OUTCOME, 0)
    scores = prefix_scores(booster, trial.matrix, steps=5, step=15)  # 75 trees asked for, 60 there
    assert (scores[0] == 0).all()
    assert scores[4] == pytest.approx(booster.predict(trial.matrix, raw_score=True), abs=1e-12)
    assert (scores[5] == scores[4]).all()
