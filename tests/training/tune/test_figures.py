"""Pictures show what a study has to tell."""

from features.spec import BankSpec
from features.vocabulary import Model
from training.dataset import History
from training.tune.figures import importance, study_figures
from training.tune.study import Wanted, tune


def test_importance_is_told_of_enough_trials_only(bank: BankSpec, signal_store: History) -> None:
    found = tune(bank, Model.CHURN, Wanted(trials=2, folds=1), store=signal_store)
    assert importance(found.study) == {}
    assert list(study_figures(found.study, found.chosen, "skill")) == ["history", "tradeoff"]
