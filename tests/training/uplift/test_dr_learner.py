"""DR-learner against the uplift that a trial was drawn from."""

import numpy as np
import pytest

from training.uplift.dr_learner import dr_learner, pseudo_outcomes


@pytest.mark.parametrize("probability", [0.5, 0.8])
def test_finds_the_true_uplift(draw, probability: float) -> None:
    trial, _ = draw(probability=probability)
    found = dr_learner(trial, 1)
    fresh, truth = draw(seed=9)
    told = found.predict(fresh.matrix)
    assert np.corrcoef(told, truth)[0, 1] > 0.75
    assert np.mean(told) == pytest.approx(0.0, abs=0.05)
    assert (found.control is None) is True


def test_the_same_seed_gives_the_same_boosters(draw) -> None:
    trial, _ = draw(rows=600)
    one, two, other = (dr_learner(trial, seed).booster.model_to_string() for seed in (1, 1, 2))
    assert one == two != other


def test_no_rows_no_answers(draw) -> None:
    trial, _ = draw(rows=600)
    assert dr_learner(trial, 1).predict(trial.matrix[:0]).shape == (0,)


def test_pseudo_outcomes_average_to_the_average_effect(draw) -> None:
    trial, _ = draw(rows=3000, probability=0.7, effect=0.2)
    shifted = trial.outcome * trial.treated  # nobody of the control: the effect is the treated rate
    trial = type(trial)(trial.matrix, trial.treated, shifted, trial.probability, trial.customer)
    pseudo = pseudo_outcomes(trial, 0)
    assert pseudo.mean() == pytest.approx(shifted[trial.treated].mean(), abs=0.02)
