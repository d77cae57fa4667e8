"""Effects on the log-odds: proportional where nothing else is proven, else what the trial proves."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from training.uplift.base import base_of
from training.uplift.odds import Kin, cross_told, odds_learner
from training.uplift.t_learner import t_learner
from training.uplift.trial import Floats, Trial


def contacted(
    rows: int, seed: int, lure: float, constant: float = 0.0, first: int = 0
) -> tuple[Trial, Floats]:
    """The first column drives the outcome; treating adds constant + lure * sign of the second to log-odds."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, 3))
    treated = random.random(rows) < 0.6
    odds = -2.0 + 1.2 * matrix[:, 0]
    added = constant + lure * np.sign(matrix[:, 1])
    alone, asked = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(-odds - added))
    outcome = (random.random(rows) < np.where(treated, asked, alone)).astype(float)
    customer = np.arange(rows) + first
    return Trial(matrix, treated, outcome, np.full(rows, 0.6), customer), asked - alone


def test_an_even_effect_is_greatest_where_the_outcome_is_in_doubt() -> None:
    trial, _ = contacted(4000, 0, lure=0.0, constant=0.8)
    fresh, truth = contacted(2000, 1, lure=0.0, constant=0.8)
    found = odds_learner(base_of())(trial, 0).predict(fresh.matrix)
    assert spearmanr(found, truth).statistic > 0.85
    assert found.mean() == pytest.approx(truth.mean(), abs=0.03)
    assert spearmanr(t_learner(trial, 0).predict(fresh.matrix), truth).statistic < 0.85


def test_an_effect_that_wanes_as_the_outcome_grows_likely_is_found() -> None:
    """One number would find most where the outcome is most in doubt; there contacting does harm."""
    random = np.random.default_rng(8)
    matrix = random.normal(size=(12000, 3))
    odds, treated = -2.0 + 1.2 * matrix[:, 0], random.random(12000) < 0.5
    added = 1.0 - 0.6 * matrix[:, 0]
    outcome = (random.random(12000) < 1 / (1 + np.exp(-odds - treated * added))).astype(float)
    trial = Trial(matrix, treated, outcome, np.full(12000, 0.5), np.arange(12000))
    uplift = odds_learner(base_of())(trial, 0).predict(matrix)
    likely, middling = matrix[:, 0] > 2, np.abs(matrix[:, 0]) < 0.5
    assert uplift[likely].mean() < 0
    assert uplift[middling].mean() > 0.08


def test_what_the_trial_proves_is_found() -> None:
    trial, _ = contacted(6000, 2, lure=0.9)
    fresh, truth = contacted(2000, 3, lure=0.9)
    assert spearmanr(odds_learner(base_of())(trial, 0).predict(fresh.matrix), truth).statistic > 0.8


def test_kin_tell_of_a_trial_too_small_to_tell() -> None:
    small, _ = contacted(400, 4, lure=0.9)
    large, _ = contacted(6000, 5, lure=0.9, first=10_000)
    fresh, truth = contacted(2000, 6, lure=0.9)
    kin = Kin(cross_told(large, base_of(), 0), small.customer)
    helped = odds_learner(base_of(), kin)(small, 0).predict(fresh.matrix)
    alone = odds_learner(base_of())(small, 0).predict(fresh.matrix)
    assert spearmanr(helped, truth).statistic > 0.9 > spearmanr(alone, truth).statistic


def test_kin_hold_back_who_is_kept_from_the_trial() -> None:
    trial, _ = contacted(300, 7, lure=0.5)
    other = replace(trial, customer=trial.customer + 200)  # a hundred take part in both
    kin = Kin(cross_told(other, base_of(), 0), trial.customer)
    seen = kin.without_held_back(trial.take(np.arange(250))).trial.customer
    assert set(seen) == set(range(200, 250)) | set(range(300, 500))
