"""A fold tells quality, time and size; none holds a row that training tests on."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import BadInputError
from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.backtest.folds import Past
from training.dataset import Rows, number_customers
from training.soup import SOUP
from training.split import Part, split
from training.tune.problem import Folds, left_for_training, tuning_folds


def banked(window: WindowSpec) -> BankSpec:
    tables = {"customers": {"path": "customers.csv"}}
    days = {"dates": (date(2024, 1, 1),)}
    return BankSpec(folder=Path("/bank"), name="Bank", tables=tables, snapshots=days, window=window)


def months(number: int, customers: int = 60) -> Past:
    """So many snapshots of customers of whom every other one left."""
    return at([date(2024, 1 + month, 1) for month in range(number)], customers)


def at(days: list[date], customers: int = 60) -> Past:
    dates = pa.array(np.repeat(np.array(days, "datetime64[D]"), customers))
    keys = pa.table({CUSTOMER_ID: np.tile(np.arange(customers), len(days)), SNAPSHOT_DATE: dates})
    labels = (np.arange(len(keys)) % 2.0)[:, None]
    rows = Rows((("one", "number"),), ("churn",), keys, labels, pa.table({}), labels)
    return Past(rows, number_customers(keys), "")


@settings(max_examples=40)
@given(
    days=st.lists(st.dates(date(2020, 1, 1), date(2022, 12, 31)), min_size=1, max_size=8, unique=True),
    gap=st.integers(0, 60),
    horizon=st.integers(1, 300),
)
def test_no_fold_holds_a_row_that_training_tests_on(days: list[date], gap: int, horizon: int) -> None:
    found, bank = at(sorted(days)), banked(WindowSpec(gap_days=gap, horizon_days=horizon))
    own = split(found.rows.keys, bank.window, bank.training.seed)
    learnt = set(np.flatnonzero(own.learnt))
    for fold in tuning_folds(found, bank, 8):
        assert set(np.flatnonzero(fold.split.parts)) <= learnt
        assert all(len(fold.split.rows(part)) for part in (Part.TRAIN, Part.CALIBRATE, Part.TEST))


@pytest.mark.parametrize(
    ("snapshots", "folds", "left"),
    [
        (6, ["2024-03-01", "2024-04-01", "2024-05-01"], "the newest snapshot, 2024-06-01"),
        (3, ["2024-02-01"], "the newest snapshot, 2024-03-01"),
        (2, [f"customers {place}" for place in range(1, 6)], "the newest snapshot, 2024-02-01"),
        (1, [f"customers {place}" for place in range(2, 6)], "customers that are in none of these"),
    ],
)
def test_fewer_snapshots_are_tuned_on_within_what_training_learns_from(
    snapshots: int, folds: list[str], left: str
) -> None:
    found, bank = months(snapshots), banked(WindowSpec(horizon_days=28))
    assert [fold.name for fold in tuning_folds(found, bank, 9)] == folds
    assert left_for_training(found, bank) == left


def test_one_outcome_alone_is_refused_with_what_is_needed() -> None:
    found = months(3)
    found.rows.labels[:60] = 0
    with pytest.raises(BadInputError, match=r"both outcomes .* with 3 snapshots"):
        tuning_folds(found, banked(WindowSpec(horizon_days=28)), 3)


def test_size_and_time_grow_with_the_leaves(bank: BankSpec, past: Past) -> None:
    problem = Folds(
        bank,
        Model.CHURN,
        past,
        tuning_folds(past, bank, 1),
        "average_precision",
    )
    # Of drawn cuts the smaller trees need many more.
    shape = {"min_data_in_leaf": 5, "extra_trees": False}
    small, large = (problem.attempt(0, {"num_leaves": leaves, **shape}) for leaves in (2, 40))
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
