"""What tuning tested on is known by its rows: partitions of the same name may hold other customers."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.spec import BankSpec, WindowSpec
from features.training_spec import ParameterSpec, TrainingSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.backtest.folds import Past, walk_forward
from training.backtest.tuned_rows import tuned_rows
from training.dataset import Rows, number_customers
from training.split import Part
from training.tune.problem import tuning_folds
from training.tuned import Tuned, read_tuned, write_tuned

DAYS = [date(2024, month, 1) for month in range(1, 7)]
CUSTOMERS = 1500


def bank(folder: Path, seed: int = 0) -> BankSpec:
    tables = {"customers": {"path": "customers.csv"}}
    return BankSpec(
        folder=folder,
        name="Bank",
        tables=tables,
        snapshots={"dates": (DAYS[0],)},
        window=WindowSpec(horizon_days=28),
        training=TrainingSpec(seed=seed),
    )


def past(days: list[date]) -> Past:
    dates = pa.array(np.repeat(np.array(days, "datetime64[D]"), CUSTOMERS))
    keys = pa.table({CUSTOMER_ID: np.tile(np.arange(CUSTOMERS), len(days)), SNAPSHOT_DATE: dates})
    labels = (np.random.default_rng(0).uniform(size=(len(keys), 1)) < 0.2).astype(float)
    rows = Rows((("one", "number"),), ("churn",), keys, labels, pa.table({}), labels)
    return Past(rows, number_customers(keys), "")


def tune(spec: BankSpec, found: Past, folds: int) -> set[tuple[int, date]]:
    """Keep as if tuning had tested on the newest folds; the rows that it did test on."""
    tested = tuning_folds(found, spec, folds)
    told = {"model": "churn", "study": "churn-1", "trial": 0, "metric": "skill", "quality": 0.1}
    tuned = Tuned(
        **told,
        folds=tuple(fold.name for fold in tested),
        snapshots=tuple(found.rows.keys[SNAPSHOT_DATE].unique().to_pylist()),
        seed=spec.training.seed,
        microseconds_a_row=1.0,
        parameters=ParameterSpec(num_leaves=4),
    )
    write_tuned(spec, Model.CHURN, tuned)
    rows = np.concatenate([fold.split.rows(Part.TEST) for fold in tested])
    return of(found, np.isin(np.arange(found.rows.keys.num_rows), rows))


def of(found: Past, rows: np.ndarray) -> set[tuple[int, date]]:
    keys = found.rows.keys.filter(pa.array(rows))
    return set(zip(keys[CUSTOMER_ID].to_pylist(), keys[SNAPSHOT_DATE].to_pylist(), strict=True))


@pytest.mark.parametrize("snapshots", [1, 2, 3, 6])
@pytest.mark.parametrize("folds", [1, 3])
def test_the_rows_are_those_of_tunings_own_tests(tmp_path: Path, snapshots: int, folds: int) -> None:
    spec, found = bank(tmp_path), past(DAYS[:snapshots])
    assert not tuned_rows(found.rows.keys, spec, Model.CHURN).any()
    tested = tune(spec, found, folds)
    assert of(found, tuned_rows(found.rows.keys, spec, Model.CHURN)) == tested
    assert not tuned_rows(found.rows.keys, spec, Model.PROPENSITY).any()


def test_a_partition_that_tuning_never_named_shares_customers_with_those_it_did(tmp_path: Path) -> None:
    spec, found = bank(tmp_path), past(DAYS[:1])
    tune(spec, found, 3)
    tested = tuned_rows(found.rows.keys, spec, Model.CHURN)
    share = {
        fold.name: tested[fold.split.rows(Part.TEST)].mean() for fold in walk_forward(found.rows.keys, spec)
    }
    assert share["customers 1"] == 0  # what training itself tests on
    assert 0.3 < share["customers 2"] < 0.5  # tuning named 3, 4 and 5
    assert all(0.7 < share[f"customers {place}"] < 0.9 for place in (3, 4, 5))


@pytest.mark.parametrize("days", [DAYS[:4], [date(2023, 6, 1), date(2023, 9, 1), *DAYS[:1]]])
def test_they_stay_the_same_when_snapshots_or_another_seed_come(tmp_path: Path, days: list[date]) -> None:
    tested = tune(bank(tmp_path, seed=3), past(DAYS[:1]), 2)
    more = past(days)
    assert of(more, tuned_rows(more.rows.keys, bank(tmp_path, seed=8), Model.CHURN)) == tested


def test_parameters_that_do_not_tell_their_seed_were_parted_by_the_banks(tmp_path: Path) -> None:
    spec, found = bank(tmp_path, seed=7), past(DAYS[:1])
    tested, tuned = tune(spec, found, 2), read_tuned(spec, Model.CHURN)
    assert tuned is not None
    write_tuned(spec, Model.CHURN, tuned.model_copy(update={"seed": None}))
    assert of(found, tuned_rows(found.rows.keys, spec, Model.CHURN)) == tested


def test_snapshots_that_are_gone_have_no_rows(tmp_path: Path) -> None:
    spec = bank(tmp_path)
    tune(spec, past(DAYS[:1]), 2)
    assert not tuned_rows(past(DAYS[3:]).rows.keys, spec, Model.CHURN).any()
