"""A trial too small to tell of itself who responds, beside a bank that can."""

from dataclasses import replace

import numpy as np
from scipy.stats import spearmanr

from training.uplift.base import Panel, base_of
from training.uplift.shifted import shifted
from training.uplift.t_learner import t_learner
from training.uplift.trial import Floats, Trial


def population(rows: int, seed: int) -> tuple[Trial, Floats]:
    """Half as many leave if treated, in odds: the effect is greatest where leaving is likely."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, 3))
    treated = random.random(rows) < 0.5
    odds = -2.0 + 1.5 * matrix[:, 0]
    alone, kept = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(-(odds - 0.9)))
    stayed = (random.random(rows) >= np.where(treated, kept, alone)).astype(float)
    return Trial(matrix, treated, stayed, np.full(rows, 0.5), np.arange(rows)), alone - kept


def panel_of(bank: Trial, trial: Trial) -> Panel:
    return Panel(bank.matrix, bank.outcome, bank.customer, np.isin(bank.customer, trial.customer))


def test_the_panel_tells_what_a_small_trial_cannot() -> None:
    bank, _ = population(6000, 1)
    bank = replace(bank, customer=np.arange(6000) + 10_000)
    trial, _ = population(500, 2)
    fresh, truth = population(2000, 3)
    helped = shifted(base_of(panel_of(bank, trial)))(trial, 0).predict(fresh.matrix)
    alone = t_learner(trial, 0).predict(fresh.matrix)
    assert spearmanr(helped, truth).statistic > 0.8
    assert spearmanr(helped, truth).statistic > spearmanr(alone, truth).statistic


def test_without_a_panel_it_starts_from_both_arms() -> None:
    trial, _ = population(4000, 2)
    fresh, truth = population(2000, 3)
    assert spearmanr(shifted(base_of())(trial, 0).predict(fresh.matrix), truth).statistic > 0.6


def test_nothing_is_learned_from_customers_kept_from_the_trial() -> None:
    trial, _ = population(300, 4)
    panel = panel_of(trial, trial)
    seen = panel.without_held_back(trial.take(np.arange(200)))
    assert set(seen.customer) == set(range(200))
    outsiders = replace(panel, in_trial=np.zeros(300, bool))
    assert len(outsiders.without_held_back(trial.take(np.arange(200)))) == 300
