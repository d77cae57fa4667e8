"""A fold tells quality, time and size; folds that tell nothing are left out."""

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
    assert small.leaves % (2 * SOUP) == 0  # of trees of two leaves, in as many boosters as would be served
    assert small.microseconds > 0
    assert 0.3 < small.quality < 1
