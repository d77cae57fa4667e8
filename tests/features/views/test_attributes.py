"""The newest attributes, and their change against the row before."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from features.views.attributes import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
Row = dict[str, Any]
Make = Callable[..., Any]


def found(bank_of: Make, features_of: Make, rows: list[Row], customers: int = 1) -> dict[int, Row]:
    ids = [{"customer_id": customer + 1} for customer in range(customers)]
    bank = bank_of({Table.CUSTOMERS: ids, Table.ATTRIBUTES: rows})
    return features_of(VIEW, bank, SNAPSHOT)


def row(as_of: date, customer: int = 1, **columns: Any) -> Row:
    return {"customer_id": customer, "as_of": as_of, **columns}


def test_newest_row_and_its_change(bank_of: Make, features_of: Make) -> None:
    rows = [
        row(date(2024, 2, 1), income=1200.0, segment="gold", vip=True, renewed=date(2024, 1, 1)),
        row(date(2023, 2, 1), income=5.0, segment="old", vip=False, renewed=None),
        row(date(2024, 1, 1), income=1000.0, segment="silver", vip=False, renewed=date(2023, 1, 1)),
    ]
    assert found(bank_of, features_of, rows)[1] == {
        "attributes_days_since_last": 29,
        "attributes_income": 1200,
        "attributes_segment": "gold",
        "attributes_vip": 1,
        "attributes_renewed": 60,
        "attributes_income_change": 200,
    }


def test_a_null_in_the_newest_row_is_not_filled_from_an_older_one(bank_of: Make, features_of: Make) -> None:
    rows = [row(date(2024, 2, 1), income=None), row(date(2024, 1, 1), income=1000.0)]
    features = found(bank_of, features_of, rows)[1]
    assert features["attributes_income"] is None
    assert features["attributes_income_change"] is None


def test_a_column_called_like_a_change_stands_in_its_place(bank_of: Make, features_of: Make) -> None:
    rows = [row(date(2024, 2, 1), income=2.0, income_change=0.5), row(date(2024, 1, 1), income=1.0)]
    assert found(bank_of, features_of, rows)[1]["attributes_income_change"] == 0.5


def test_one_row_has_no_change_and_none_has_nothing(bank_of: Make, features_of: Make) -> None:
    features = found(bank_of, features_of, [row(date(2024, 2, 1), income=7.0)], customers=2)
    assert features[1]["attributes_income"] == 7
    assert features[1]["attributes_income_change"] is None
    assert set(features[2].values()) == {None}


def test_the_snapshot_itself_is_the_future(bank_of: Make, features_of: Make) -> None:
    rows = [row(SNAPSHOT, income=1.0), row(SNAPSHOT - timedelta(days=1), income=2.0)]
    assert found(bank_of, features_of, rows)[1]["attributes_income"] == 2


def test_of_two_records_of_one_day_the_later_one_holds(bank_of: Make, features_of: Make) -> None:
    rows = [
        row(date(2024, 2, 1), income=3.0, recorded_at=datetime.fromisoformat("2024-02-09")),
        row(date(2024, 2, 1), income=1.0),
        row(date(2024, 2, 1), income=2.0, recorded_at=datetime.fromisoformat("2024-02-05")),
        row(date(2024, 2, 1), income=4.0, recorded_at=datetime.fromisoformat("2024-03-01")),
    ]
    assert found(bank_of, features_of, rows)[1]["attributes_income"] == 3


@pytest.mark.parametrize("seed", range(3))
def test_equals_brute_force(bank_of: Make, features_of: Make, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [
        row(SNAPSHOT - timedelta(days=int(day)), customer, income=float(rng.integers(0, 99)))
        for customer in range(1, 8)
        for day in rng.choice(np.arange(-30, 300), size=int(rng.integers(0, 9)), replace=False)
    ]
    features = found(bank_of, features_of, rows, customers=8)
    for customer in range(1, 9):
        its = [r for r in rows if r["customer_id"] == customer and r["as_of"] < SNAPSHOT]
        newest = [r["income"] for r in sorted(its, key=lambda r: r["as_of"], reverse=True)] + [None, None]
        assert features[customer]["attributes_income"] == newest[0]
        change = newest[0] - newest[1] if newest[1] is not None else None
        assert features[customer]["attributes_income_change"] == change
