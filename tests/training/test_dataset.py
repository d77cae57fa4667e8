"""Features meet labels by customer and snapshot, in parts that follow one another."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features.contract import encode
from features.progress import silent
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training import dataset
from training.dataset import assemble
from training.split import Part, Split

DAYS = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
FEATURES = [("amount", "number"), ("city", "text"), ("visits", "number")]
PARTS = dict(zip(DAYS, (Part.TRAIN, Part.CALIBRATE, Part.TEST), strict=True))


class FakeStore:
    """Answers features that spell out whose they are and when."""

    def __init__(self) -> None:
        self.asked: list[pa.Table] = []

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name == "churn-1"
        self.asked.append(entities)
        customers = entities[CUSTOMER_ID].to_numpy()
        months = np.array([day.month for day in entities[SNAPSHOT_DATE].to_pylist()])
        cities = ["oslo" if customer % 3 else "bern" for customer in customers.tolist()]
        columns = {"city": cities, "visits": months * 1.0, "amount": customers * 100.0, "other": months}
        for name, values in columns.items():
            entities = entities.append_column(name, pa.array(values))
        return entities


def labels(customers: int = 60) -> pa.Table:
    rows = [(day, customer) for day in DAYS for customer in range(customers)]
    return pa.table(
        {
            CUSTOMER_ID: [customer for _, customer in rows],
            SNAPSHOT_DATE: pa.array([day for day, _ in rows], pa.date32()),
            "card": [float(customer % 2) for _, customer in rows],
            "loan": [None if customer == 5 else 0.0 for _, customer in rows],
        }
    )


def by_day(table: pa.Table) -> Split:
    days = table[SNAPSHOT_DATE].to_pylist()
    return Split("time", np.array([PARTS[day] for day in days], np.int8), "by day")


def assembled(table: pa.Table, store: FakeStore | None = None) -> dataset.Dataset:
    split = by_day(table)
    return assemble(store or FakeStore(), "churn-1", FEATURES, table, split, seed=0, progress=silent)


def test_every_row_has_its_own_features_and_labels() -> None:
    found = assembled(labels())
    assert found.heads == ("card", "loan")
    assert found.rows == {"train": 60, "calibrate": 60, "test": 60}
    for month, part in enumerate((found.train, found.calibrate, found.test), start=1):
        customers = part.keys[CUSTOMER_ID].to_numpy()
        assert set(part.keys[SNAPSHOT_DATE].to_pylist()) == {DAYS[month - 1]}
        np.testing.assert_array_equal(part.matrix[:, 0], customers * 100.0)
        np.testing.assert_array_equal(part.matrix[:, 2], month)
        np.testing.assert_array_equal(part.labels[:, 0], customers % 2)
        np.testing.assert_array_equal(np.isnan(part.labels[:, 1]), customers == 5)
        np.testing.assert_array_equal(part.weights, 1.0)


def test_the_matrix_is_what_scoring_will_make_of_the_same_features() -> None:
    store = FakeStore()
    found = assembled(labels(), store)
    features = store.historical("churn-1", found.everything.keys)
    np.testing.assert_array_equal(found.everything.matrix, encode(features, found.columns))
    assert [column.name for column in found.columns] == ["amount", "city", "visits"]
    assert found.columns[1].categories == ("oslo", "bern")  # the most frequent first


def test_only_categories_seen_often_in_training_are_known() -> None:
    table = labels(14)  # 5 of them from bern
    found = assembled(table)
    assert found.columns[1].categories is not None
    assert "bern" not in found.columns[1].categories


def test_a_category_is_known_by_its_customers_however_many_rows_they_have() -> None:
    """Four customers at three snapshots are twelve rows from bern, and no more than four customers."""
    table = labels(12)
    split = Split("customers", np.full(len(table), Part.TRAIN, np.int8), "all train")
    found = assemble(FakeStore(), "churn-1", FEATURES, table, split, seed=0, progress=silent)
    assert found.columns[1].categories == ()
    table = labels(31)  # eleven of them from bern
    split = Split("customers", np.full(len(table), Part.TRAIN, np.int8), "all train")
    found = assemble(FakeStore(), "churn-1", FEATURES, table, split, seed=0, progress=silent)
    assert found.columns[1].categories == ("oslo", "bern")


def test_rows_are_read_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "BATCH_ROWS", 50)
    store, seen = FakeStore(), []
    table = labels()
    found = assemble(
        store,
        "churn-1",
        FEATURES,
        table,
        by_day(table),
        seed=0,
        progress=lambda stage, done, total: seen.append((stage, done, total)),
    )
    assert [batch.num_rows for batch in store.asked] == [50, 50, 50, 30]
    assert seen[-1] == ("reading features", 180, 180)
    np.testing.assert_array_equal(found.everything.matrix, assembled(table).everything.matrix)


def test_of_many_rows_a_weighted_sample_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "TRAIN_ROWS_MOST", 40)
    monkeypatch.setattr(dataset, "HELD_BACK_ROWS_MOST", 20)
    store = FakeStore()
    found = assembled(labels(), store)
    assert found.rows == {"train": 40, "calibrate": 20, "test": 20}
    assert sum(batch.num_rows for batch in store.asked) == 80
    assert [part.weights.sum() for part in (found.train, found.calibrate, found.test)] == [60, 60, 60]
