"""Pictures show what a study has to tell."""

import optuna
import pytest

from features.spec import BankSpec
from features.vocabulary import Model
from training.dataset import History
from training.tune.figures import TRIALS_LEAST, importance, study_figures, unexplained
from training.tune.space import OWN_LEAVES
from training.tune.study import Wanted, tune


def test_importance_is_told_of_enough_trials_only(bank: BankSpec, signal_store: History) -> None:
    found = tune(bank, Model.CHURN, Wanted(trials=2, folds=1), store=signal_store)
    assert importance(found.study) == {}
    assert unexplained(found.study).endswith("is told from 8 complete trials on, of 2 here")
    assert list(study_figures(found.study, found.chosen, "skill")) == ["history", "tradeoff"]


def test_leaves_that_stand_for_each_heads_own_explain_nothing() -> None:
    study = optuna.create_study(direction="maximize")
    for leaves in range(4, 4 + TRIALS_LEAST):
        own = leaves == 4
        study.enqueue_trial({"num_leaves": leaves}, user_attrs={OWN_LEAVES: True} if own else {})
        trial = study.ask()
        trial.suggest_int("num_leaves", 4, 63)
        rate = trial.suggest_float("learning_rate", 0.02, 0.2)
        study.tell(trial, 90.0 if own else rate)
    found = importance(study)
    assert found["learning_rate"] > found["num_leaves"]
    assert unexplained(study) == ""


@pytest.mark.parametrize("differ", [True, False])
def test_why_nothing_is_told_of_what_mattered_is_said(differ: bool) -> None:
    study = optuna.create_study(direction="maximize")
    for place in range(TRIALS_LEAST):
        trial = study.ask()
        rate = trial.suggest_float("learning_rate", 0.02, 0.2)
        assert f", of {place} here" in unexplained(study)
        study.tell(trial, rate if differ else 0.3)
    alike = "which parameters matter cannot be told: 8 complete trials are equally good"
    assert unexplained(study) == ("" if differ else alike)
    assert bool(importance(study)) == differ
