"""Holdings against a computation by hand, month by month."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.views.holdings import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 31)
CATALOGUE: dict[str, dict[str, Any]] = {
    "card": {"annual_value": 30.0, "category": "payments"},
    "account": {"annual_value": 12.5, "category": "payments"},
    "loan": {"annual_value": 200.0, "category": "lending"},
}
DAYS_PER_MONTH = 365.25 / 12
Row = dict[str, Any]
Make = Callable[..., Any]


def back(months: int) -> date:
    return (pd.Timestamp(SNAPSHOT) - pd.DateOffset(months=months)).date()


def held(row: Row, day: date) -> bool:
    opened, closed = row.get("opened_on"), row.get("closed_on")
    return (opened is None or opened < day) and (closed is None or closed >= day)


def since(days: list[date | None]) -> float | None:
    newest = max((day for day in days if day and day < SNAPSHOT), default=None)
    return (SNAPSHOT - newest).days / DAYS_PER_MONTH if newest else None


def brute(rows: list[Row]) -> dict[str, float | None]:
    """Every feature of one customer, by its definition."""
    rows = [row for row in rows if row["opened_on"] is None or row["opened_on"] < SNAPSHOT]
    opened, closed = ([row[event] for row in rows] for event in ("opened_on", "closed_on"))
    now = {row["product"] for row in rows if held(row, SNAPSHOT)}
    features: dict[str, float | None] = {
        "count": sum(held(row, SNAPSHOT) for row in rows),
        "categories": len({CATALOGUE[product]["category"] for product in now}),
        "annual_value": sum(CATALOGUE[product]["annual_value"] for product in now),
        "months_since_opened": since(opened),
        "months_since_closed": since(closed),
    }
    for months in range(1, 6):
        features[f"count_{months}m_ago"] = sum(held(row, back(months)) for row in rows)
    for months in (1, 3, 6):
        for name, days in (("openings", opened), ("closings", closed)):
            features[f"{name}_{months}m"] = sum(bool(day and back(months) <= day < SNAPSHOT) for day in days)
    for product in CATALOGUE:
        its = [row for row in rows if row["product"] == product]
        features |= {
            f"held_{product}": float(product in now),
            f"history_{product}": sum(
                2 ** (5 - months) for months in range(1, 6) if any(held(row, back(months)) for row in its)
            ),
            f"months_since_opened_{product}": since([row["opened_on"] for row in its]),
            f"months_since_closed_{product}": since([row["closed_on"] for row in its]),
        }
    return {f"holdings_{name}": value for name, value in features.items()}


def drawn(seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(60):
        opened = SNAPSHOT - timedelta(days=int(rng.integers(-30, 400)))
        closed = opened + timedelta(days=int(rng.integers(0, 300)))
        rows.append(
            {
                "customer_id": int(rng.integers(1, 20)),
                "product": rng.choice(list(CATALOGUE)),
                "opened_on": opened if rng.integers(0, 5) else None,
                "closed_on": closed if rng.integers(0, 2) else None,
            }
        )
    return rows


def found(bank_of: Make, features_of: Make, rows: list[Row] | None, customers: int = 1) -> dict[int, Row]:
    tables = {Table.CUSTOMERS: [{"customer_id": customer + 1} for customer in range(customers)]}
    if rows is not None:
        tables[Table.HOLDINGS] = rows
    return features_of(VIEW, bank_of(tables, products=CATALOGUE), SNAPSHOT)


@pytest.mark.parametrize("seed", range(4))
def test_equals_brute_force(bank_of: Make, features_of: Make, same: Make, seed: int) -> None:
    rows = drawn(seed)
    features = found(bank_of, features_of, rows, customers=20)
    for customer in range(1, 21):
        same(features[customer], brute([row for row in rows if row["customer_id"] == customer]))


def card(opened: date | None, closed: date | None = None) -> Row:
    return {"customer_id": 1, "product": "card", "opened_on": opened, "closed_on": closed}


@pytest.mark.parametrize(
    ("rows", "now", "history"),
    [
        ([card(None)], 1, 31),
        ([card(date(2024, 3, 30))], 1, 0),
        ([card(date(2024, 3, 31))], 0, 0),  # opened on the snapshot: not known yet
        ([card(None, date(2024, 3, 31))], 1, 31),  # closed on the snapshot: not known yet
        ([card(None, date(2024, 3, 30))], 0, 31),
        ([card(date(2024, 2, 28))], 1, 16),  # a month before 31 March is 29 February
        ([card(date(2024, 2, 29))], 1, 0),
        ([card(date(2023, 11, 1), date(2024, 1, 15))], 0, 4 + 2),
        ([card(None, date(2023, 12, 1)), card(date(2024, 2, 1))], 1, 16 + 2 + 1),
        ([card(None), card(date(2024, 1, 1))], 1, 31),  # two at once count once
    ],
)
def test_history_of_a_product(
    bank_of: Make, features_of: Make, rows: list[Row], now: int, history: int
) -> None:
    features = found(bank_of, features_of, rows)[1]
    assert features["holdings_held_card"] == now
    assert features["holdings_history_card"] == history


def test_a_product_outside_the_catalogue_counts_but_has_no_value(bank_of: Make, features_of: Make) -> None:
    rows = [{"customer_id": 1, "product": "safe", "opened_on": date(2024, 1, 1)}]
    features = found(bank_of, features_of, rows)[1]
    assert features["holdings_count"] == 1
    assert features["holdings_annual_value"] == features["holdings_categories"] == 0


def test_null_without_the_table_and_zero_without_rows(bank_of: Make, features_of: Make) -> None:
    assert set(found(bank_of, features_of, None)[1].values()) == {None}
    empty = found(bank_of, features_of, [])[1]
    assert {name for name, value in empty.items() if value is None} == {
        name for name in empty if "months_since" in name
    }
    assert {value for value in empty.values() if value is not None} == {0}


def test_a_product_may_be_called_like_a_feature(bank_of: Make, features_of: Make) -> None:
    row = {"customer_id": 1, "product": "holdings_count", "opened_on": None}
    bank = bank_of(
        {Table.CUSTOMERS: [{"customer_id": 1}], Table.HOLDINGS: [row]},
        products={"holdings_count": {"category": "funds"}},
    )
    features = features_of(VIEW, bank, SNAPSHOT)[1]
    assert features["holdings_held_holdings_count"] == features["holdings_count"] == 1
    assert not [name for name in features if ":" in name]


def test_a_bank_without_a_catalogue(bank_of: Make, features_of: Make) -> None:
    tables = {Table.CUSTOMERS: [{"customer_id": 1}], Table.HOLDINGS: [card(None)]}
    features = features_of(VIEW, bank_of(tables), SNAPSHOT)[1]
    assert features["holdings_count"] == 1
    assert features["holdings_annual_value"] == 0
