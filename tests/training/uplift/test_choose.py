"""The learner that finds the uplift is chosen; one that is no better is not."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training.metrics.uplift import bootstrap, qini
from training.uplift import choose as choosing
from training.uplift.choose import choose, cross_tested
from training.uplift.dr_learner import dr_learner
from training.uplift.trees import EFFECT, boost
from training.uplift.trial import Effect, Trial


def blind(trial: Trial, seed: int) -> Effect:
    """Finds nothing: it never sees what came of anyone."""
    noise = np.random.default_rng(seed).normal(size=len(trial))
    return Effect(boost(trial, noise, "regression", EFFECT, seed))


def test_the_better_learner_is_chosen(draw) -> None:
    trial, _ = draw(rows=2000)
    choice = choose(trial, {"blind": blind, "DR": dr_learner}, seed=0, repeats=30)
    assert choice.name == "DR"
    assert choice.tested["DR"].qini() > choice.tested["blind"].qini() + 0.02


def test_the_first_stays_where_no_other_is_better(draw) -> None:
    trial, _ = draw(rows=2000)
    assert choose(trial, {"DR": dr_learner, "same": dr_learner, "blind": blind}, 0, repeats=10).name == "DR"


def test_each_fold_is_ranked_by_itself(draw) -> None:
    """Answers shifted by fold change nothing."""
    trial, uplift = draw(rows=500)
    fold = trial.folds(5, 0)
    parts = [
        qini(uplift[rows], trial.treated[rows], trial.outcome[rows], trial.probability[rows])
        for rows in (fold == one for one in range(5))
    ]
    assert choosing.Tested(trial, uplift + fold, fold).qini() == pytest.approx(np.mean(parts))
    found = choosing.Tested(trial, uplift, fold).qini_interval(repeats=50, seed=0)
    assert found.low < np.mean(parts) < found.high


def test_a_fold_without_one_arm_tells_nothing(draw) -> None:
    trial, uplift = draw(rows=400)
    fold = np.arange(400) % 4
    lone = choosing.Tested(trial, uplift, np.where((fold == 3) & trial.treated, 3, fold % 3))
    assert lone.folds == 3
    assert lone.qini() == pytest.approx(lone.take(lone.fold < 3).qini())


def test_draws_that_leave_an_arm_of_a_fold_empty_do_not_cost_the_interval(draw) -> None:
    """Of five controls a fold hardly any draw has some in every fold."""
    trial, uplift = draw(rows=4000)
    fold, control = np.arange(4000) % 5, np.flatnonzero(~trial.treated)
    kept = trial.treated.copy()
    kept[np.concatenate([control[fold[control] == one][:5] for one in range(5)])] = True
    few = choosing.Tested(trial.take(kept), uplift[kept], fold[kept])
    counts = np.ones(len(few.trial))
    counts[~few.trial.treated & (few.fold == 0)] = 0
    assert few.qini(counts) == pytest.approx(few.take(few.fold > 0).qini())
    found = few.qini_interval(repeats=200, seed=0)
    assert found.low < found.value < found.high


def test_a_fold_is_told_by_those_before_it_alone(draw) -> None:
    trial, _ = draw(rows=300)
    trial = replace(trial, customer=np.arange(300) // 2)
    fold, learned = trial.folds(5, 3), []

    def watching(part: Trial, seed: int) -> Effect:
        learned.append(set(part.customer))
        return blind(part, seed)

    tested = choosing.forward_tested(trial, watching, seed=3)
    assert learned == [set(trial.customer[fold < one]) for one in range(1, 5)]
    np.testing.assert_array_equal(tested.trial.outcome, trial.outcome[fold > 0])
    np.testing.assert_array_equal(tested.fold, fold[fold > 0])


def test_of_no_effect_forward_folds_spread_as_their_interval_says_and_cross_fitted_ones_wider(draw) -> None:
    """By a learner that finds the one thing there is to find in either: on which side of 0 most is gained."""

    def side(trial: Trial, seed: int) -> Any:
        gain = np.sign(trial.matrix[:, 0]) * (2 * trial.treated - 1.0) * (trial.outcome - 0.4)
        return SimpleNamespace(predict=lambda matrix: np.sign(gain.sum() * matrix[:, 0]))

    spread = {}
    for test in (cross_tested, choosing.forward_tested):
        trials = [draw(rows=500, seed=seed, effect=0.0)[0] for seed in range(200)]
        found = [test(trial, side, seed=0) for trial in trials]
        errors = [bootstrap(one.qini, one.trial.customer, 30, 0).std() for one in found]
        spread[test] = np.std([one.qini() for one in found]) / np.mean(errors)
    assert 1.3 < spread[cross_tested] < 1.6  # the root of two: each pair of folds counts twice
    assert 0.85 < spread[choosing.forward_tested] < 1.15


def test_the_lead_over_another_is_paired(draw) -> None:
    """The truth leads noise, surely; it does not lead itself, and noise lags behind it by as much."""
    trial, uplift = draw(rows=2000)
    fold, noise = trial.folds(5, 0), np.random.default_rng(1).normal(size=2000)
    true, blind = choosing.Tested(trial, uplift, fold), choosing.Tested(trial, noise, fold)
    ahead, behind = (choosing.qini_ahead([pair], 50, 0) for pair in ((true, blind), (blind, true)))
    assert ahead.value == true.qini() - blind.qini() == -behind.value
    assert ahead.low > 0 > behind.high
    both = choosing.qini_ahead([(true, blind), (blind, true)], 50, 0)
    assert (both.value, both.low, both.high) == pytest.approx((0, 0, 0))


def test_nobody_is_answered_for_by_what_learned_from_them(draw) -> None:
    trial, _ = draw(rows=300)
    trial = replace(trial, customer=np.arange(300) // 2)
    learned = []

    def watching(part: Trial, seed: int) -> Effect:
        learned.append(set(part.customer))
        return blind(part, seed)

    fold = cross_tested(trial, watching, seed=3).fold
    assert all(not learned[one] & set(trial.customer[fold == one]) for one in range(5))
