"""Notes name what is optimistic, and what could not be compared, by fold."""

import numpy as np
import pyarrow as pa

from features.contract import Calibration
from training.backtest.folds import Fold
from training.backtest.learn import Learned
from training.backtest.notes import optimistic, undefined, unformed
from training.heads import FittedHead
from training.split import Split


def learned(name: str, *rules: str, heads: int = 1) -> Learned:
    fold = Fold(name, None, Split("time", np.zeros(0, np.int8), ""))  # type: ignore[arg-type] # its day does not matter
    every = (FittedHead("a", None, Calibration(kind="identity"), 0.1, 3),) * heads
    told = dict.fromkeys(rules, lambda rows: np.zeros((len(rows.labels), heads)))
    return Learned(fold, pa.table({}), (), every, told, (), ())


def test_shares_of_a_fold_that_tuning_saw_are_told() -> None:
    every = [learned(name) for name in ("customers 1", "customers 2", "customers 3")]
    assert optimistic(every, [0.0, 0.0, 0.0]) == []
    assert optimistic(every, [0.0, 0.384, 1.0]) == [
        "tuning chose the parameters on 38% of customers 2, customers 3: what is told there, and means over "
        "it, is optimistic"
    ]


def test_rules_that_could_not_be_formed_are_named() -> None:
    full, half, none = (
        learned("May", "recency", "tier"),
        learned("June", "recency"),
        learned("July"),
    )
    because = "what it goes by is unknown, or the same of all to learn from"
    assert unformed([full, full]) == []
    assert unformed([full, half]) == [f"no rule tier as of June: {because}"]
    assert unformed([none, none]) == [f"no rule {rule}: {because}" for rule in ("recency", "tier")]
    assert unformed([learned("May", "popularity", heads=2)]) == [f"no rule popularity_by_tier: {because}"]


def test_folds_whose_outcomes_leave_a_metric_open_are_named_together() -> None:
    told = {"roc_auc": np.array([0.7, np.nan]), "brier": np.array([0.1, 0.1])}
    open_ = {"roc_auc": np.array([np.nan, np.nan]), "brier": np.array([0.1, 0.1])}
    names = [learned(name) for name in ("May", "June", "July")]
    assert undefined(names, [told] * 3) == []
    assert undefined(names, [open_, told, open_]) == [
        "the outcomes of May, July do not tell roc_auc: left out of means and comparisons"
    ]
