"""Labels tell when they were recorded, and nobody learns from one before."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.layout import Feature, Layout, ViewLayout, load_layout
from features.progress import silent
from features.spec import BankSpec, read_spec
from features.tables import open_bank
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.backtest.folds import read_past, walk_forward
from training.dataset import History
from training.labels.labelled import churn_labels
from training.pipeline import build_model
from training.recorded import recorded_keys
from training.split import RECORDED_ON

JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)
CHURN = {"churn": {"rule": "labels"}}


def label(customer: int, day: date, recorded: datetime | None, left: bool = True) -> dict[str, Any]:
    return {CUSTOMER_ID: customer, SNAPSHOT_DATE: day, "churned": left, "recorded_at": recorded}


def test_the_day_is_that_of_the_row_that_counts(write_bank: Any) -> None:
    labels = [
        label(2, FEBRUARY, datetime(2024, 6, 1, 23, 30)),  # noqa: DTZ001 # naive UTC, as banks write it
        label(2, FEBRUARY, datetime(2024, 5, 1), left=False),  # noqa: DTZ001
        label(2, JANUARY, datetime(2024, 4, 1)),  # noqa: DTZ001
        label(1, FEBRUARY, None),
    ]
    spec = read_spec(
        write_bank({"customers": [{CUSTOMER_ID: 1}, {CUSTOMER_ID: 2}], "labels": labels}, **CHURN)
    )
    bank = open_bank(spec)
    found = recorded_keys(bank, Model.CHURN, churn_labels(bank, [JANUARY, FEBRUARY]))
    assert found.to_pylist() == [
        {CUSTOMER_ID: 2, SNAPSHOT_DATE: JANUARY, RECORDED_ON: date(2024, 4, 1)},
        {CUSTOMER_ID: 1, SNAPSHOT_DATE: FEBRUARY, RECORDED_ON: None},
        {CUSTOMER_ID: 2, SNAPSHOT_DATE: FEBRUARY, RECORDED_ON: date(2024, 6, 1)},
    ]


def test_where_nothing_says_when_there_is_no_such_column(bank: BankSpec) -> None:
    opened = open_bank(bank)
    found = recorded_keys(opened, Model.CHURN, churn_labels(opened, [JANUARY]))
    assert found.column_names == [CUSTOMER_ID, SNAPSHOT_DATE]


CUSTOMERS = 200
DAYS = [date(2024, month, 1) for month in range(1, 11)]


@pytest.fixture
def late(write_bank: Any, save_built: Any) -> BankSpec:
    """A bank that records who left a hundred days after the snapshot, though windows end after thirty."""
    random = np.random.default_rng(0)
    labels = pa.table(
        {
            CUSTOMER_ID: np.tile(np.arange(CUSTOMERS), len(DAYS)),
            SNAPSHOT_DATE: pa.array(np.repeat(np.array(DAYS, "datetime64[D]"), CUSTOMERS)),
            "churned": random.uniform(size=CUSTOMERS * len(DAYS)) < 0.3,
            "recorded_at": np.repeat([day + timedelta(days=100) for day in DAYS], CUSTOMERS),
        }
    )
    tables = {"customers": pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), "labels": labels}
    spec = read_spec(write_bank(tables, snapshots={"dates": DAYS}, window={"horizon_days": 30}, **CHURN))
    view = ViewLayout(
        name="customer", description="", for_models=True, features=(Feature(name="signal", kind="number"),)
    )
    told = {"sensitive": (), "snapshots": tuple(DAYS), "fingerprint": "f" * 64}
    save_built(spec, Layout(customer_id_type="int64", views=(view,), **told))
    return spec


class NoiseStore:
    """A number that tells nothing."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("churn-")
        assert entities.column_names == [CUSTOMER_ID, SNAPSHOT_DATE]
        return pa.table({"signal": np.random.default_rng(1).normal(size=entities.num_rows)})


def test_no_fold_learns_from_a_label_that_was_not_recorded_by_its_day(late: BankSpec) -> None:
    store: History = NoiseStore()
    past = read_past(late, Model.CHURN, load_layout(late), store, silent)
    folds = walk_forward(past.dated, late)
    assert [fold.name for fold in folds] == ["2024-09-01", "2024-10-01"]  # twice a hundred days and one
    snapshots = past.rows.keys[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]")
    for fold in folds:
        known = snapshots[fold.split.learnt] + 100 < np.datetime64(fold.test)
        assert known.all()
        assert known.sum() > CUSTOMERS


def test_training_splits_by_what_was_recorded(late: BankSpec) -> None:
    built = build_model(late, Model.CHURN, load_layout(late), NoiseStore(), progress=silent)
    assert built.notes[0] == (
        "trained to 2024-02-01, calibrated on 2024-06-01, fitted again on all to then, tested on 2024-10-01"
    )
