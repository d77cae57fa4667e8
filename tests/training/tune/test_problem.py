"""A fold tells quality, time and size; folds that tell nothing are left out."""

import pytest

from features.spec import BankSpec
from features.vocabulary import Model
from training.backtest.folds import Past
from training.soup import SOUP
from training.tune.problem import Folds, tuning_folds


def test_size_and_time_grow_with_the_leaves(bank: BankSpec, past: Past) -> None:
    problem = Folds(
        bank,
        Model.CHURN,
        past,
        tuning_folds(past, bank, 1),
        "average_precision",
    )
    small, large = (problem.attempt(0, {"num_leaves": leaves, "min_data_in_leaf": 5}) for leaves in (2, 40))
    assert large.leaves > small.leaves > 0
    assert small.microseconds > 0
    assert 0.3 < small.quality < 1


def test_size_is_that_of_as_many_boosters_as_would_be_served(
    bank: BankSpec, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = Folds(bank, Model.CHURN, past, tuning_folds(past, bank, 1), "average_precision")
    served = problem.attempt(0, {})
    monkeypatch.setattr("training.tune.problem.servings", lambda _: 1)
    assert served.leaves == SOUP * problem.attempt(0, {}).leaves
