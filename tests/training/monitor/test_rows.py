"""Customers of several snapshots are read at once, the same ones each time, without those who left."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.layout import Feature, Layout, ViewLayout, partition
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.monitor.rows import customers_at, joined, read_days, see
from training.stored import StoredModel

DAYS = (date(2024, 1, 1), date(2024, 2, 1))
FEATURES = {"income": "number", "visits": "number", "region": "text", "holdings_count": "number"}


class Store:
    """Features that say whose and when."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("decision-")
        ids = entities[CUSTOMER_ID].to_numpy().astype(float)
        months = np.array([day.month for day in entities[SNAPSHOT_DATE].to_pylist()], dtype=float)
        return pa.table(
            {"income": ids, "visits": months, "region": ["b"] * len(ids), "holdings_count": ids % 2}
        )


@pytest.fixture
def spec(tmp_path: Path) -> BankSpec:
    given = {"tables": {"customers": {"path": "c.csv"}}, "snapshots": {"dates": DAYS}}
    spec = BankSpec(folder=tmp_path, name="A Bank", **given)
    for day, people in zip(DAYS, (80, 100), strict=True):
        path = partition(spec.state, "customer", day)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({CUSTOMER_ID: np.arange(people)}), path)
    return spec


LAYOUT = Layout(
    customer_id_type="int64",
    views=(
        ViewLayout(
            name="customer",
            description="",
            for_models=True,
            features=tuple(Feature(name=name, kind=kind) for name, kind in FEATURES.items()),  # type: ignore[arg-type] # literals
        ),
    ),
    sensitive=(),
    snapshots=DAYS,
    fingerprint="f",
)


def test_days_are_read_at_once_and_kept_apart(spec: BankSpec, model: StoredModel) -> None:
    read = read_days(spec, LAYOUT, Store(), {DAYS[0]: 1000, DAYS[1]: 1000})
    assert [table.num_rows for table in read.values()] == [80, 100]
    assert read[DAYS[1]]["visits"].unique().to_pylist() == [2.0]
    assert read[DAYS[0]]["income"].to_pylist() == read[DAYS[0]][CUSTOMER_ID].to_pylist()
    seen = see(read[DAYS[0]], model, holders=True)
    assert set(seen.matrix[:, 0] % 2) == {1.0}  # who holds nothing has left
    assert seen.number == 40
    assert np.isnan(seen.matrix[:, 3]).all()  # no longer built
    assert np.isnan(seen.scores).all()  # nor is anybody scored without it
    assert len(joined([seen, seen]).customers) == 80


def test_the_same_customers_are_drawn_at_every_snapshot(spec: BankSpec) -> None:
    first, second = (set(customers_at(spec, LAYOUT, day, 30)[CUSTOMER_ID].to_pylist()) for day in DAYS)
    assert len(first) == len(second) == 30
    assert len(first & second) > 15


def test_products_held_are_not_scored(model: StoredModel) -> None:
    given = {
        CUSTOMER_ID: [1, 2],
        "income": [0.0, 0.0],
        "visits": [1.0, 1.0],
        "region": ["a", "a"],
        "empty": [None, None],
    }
    held = pa.table({**given, "holdings_held_churn": [1.0, None]})
    assert np.isnan(see(held, model).scores[:, 0]).tolist() == [True, False]
