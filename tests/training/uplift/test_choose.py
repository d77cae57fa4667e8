"""The learner that finds the uplift is chosen; one that is no better is not."""

from dataclasses import replace

import numpy as np
import pytest

from training.metrics.uplift import qini
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
    low, high = choosing.Tested(trial, uplift, fold).qini_interval(repeats=50, seed=0)
    assert low < np.mean(parts) < high


def test_nobody_is_answered_for_by_what_learned_from_them(draw) -> None:
    trial, _ = draw(rows=300)
    trial = replace(trial, customer=np.arange(300) // 2)
    learned = []

    def watching(part: Trial, seed: int) -> Effect:
        learned.append(set(part.customer))
        return blind(part, seed)

    fold = cross_tested(trial, watching, seed=3).fold
    assert all(not learned[one] & set(trial.customer[fold == one]) for one in range(5))
