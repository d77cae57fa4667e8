"""Trials that are as recorded pass; those that are not are refused, saying what is wrong with which arm."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import BadInputError, GateError
from training.uplift.checks import DOUBT, arm_doubt, ratio_doubt, require_sound


def test_a_lottery_as_recorded_passes(draw) -> None:
    for probability in (0.5, 0.8):
        require_sound("retain", draw(rows=1500, probability=probability)[0], 30)


def test_its_doubts_are_as_rare_as_they_say(draw) -> None:
    """P values of sound trials are uniform: of 60 about 6 lie below a tenth."""
    doubts = [ratio_doubt(draw(rows=200, seed=seed)[0]) for seed in range(60)]
    assert 1 <= sum(doubt < 0.1 for doubt in doubts) <= 14
    doubts = [arm_doubt(draw(rows=200, seed=seed)[0]) for seed in range(60)]
    assert 1 <= sum(doubt < 0.1 for doubt in doubts) <= 14
    assert min(doubts) > DOUBT


def test_arms_of_another_size_than_recorded(draw) -> None:
    trial, _ = draw(rows=1500, probability=0.6)
    with pytest.raises(GateError, match=r"retain: the treatment arm has 9\d\d of 1500 .* expect 750 \(p = "):
        require_sound("retain", replace(trial, probability=np.full(1500, 0.5)), 30)


def test_arms_that_the_features_foretell(draw) -> None:
    trial, _ = draw(rows=1500)
    random = np.random.default_rng(1)
    lured = random.random(1500) < np.where(trial.matrix[:, 2] > 0, 0.7, 0.3)
    with pytest.raises(GateError, match="retain: the treatment arm differs from control beyond"):
        require_sound("retain", replace(trial, treated=lured), 30)
    recorded = np.where(trial.matrix[:, 2] > 0, 0.7, 0.3)
    require_sound("retain", replace(trial, treated=lured, probability=recorded), 30)


def test_an_arm_with_too_few_outcomes(draw) -> None:
    trial, _ = draw(rows=1000)
    rare = trial.outcome * (np.arange(1000) < 60) * ~trial.treated
    with pytest.raises(
        GateError, match=r"the treatment arm is too small: of 4.. contacts 0 with the outcome and 4.."
    ):
        require_sound("retain", replace(trial, outcome=rare), 10)
    with pytest.raises(GateError, match=r"retain: the control arm is too small: of .* contacts 0 with"):
        require_sound("retain", replace(trial, outcome=trial.outcome * trial.treated), 10)


def test_a_probability_that_is_none(draw) -> None:
    trial, _ = draw(rows=10)
    with pytest.raises(BadInputError, match="10 of 10 rows do not, such as 1"):
        require_sound("retain", replace(trial, probability=np.ones(10)), 1)
