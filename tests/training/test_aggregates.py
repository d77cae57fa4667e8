"""Aggregates of all rows and of parts of them, beside the same reckoned by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.vocabulary import Table
from training.aggregates import SORTS_MOST, Parts, aggregates, frequent, told


def parts(make_bank: Callable[..., Any], name: Table, rows: list[dict[str, Any]]) -> Parts:
    table = make_bank({"customers": [{"customer_id": 1}, {"customer_id": 2}], name: rows}).table(name)
    return aggregates(table, name, frequent(table, name))


def moved(customer: int, at: str, amount: float, category: str) -> dict[str, Any]:
    return {"customer_id": customer, "at": pd.Timestamp(at), "amount": amount, "category": category}


MOVED = [
    moved(1, "2024-01-05 09:00", 100.0, "pay"),
    moved(1, "2024-01-05 18:00", -30.0, "fun"),
    moved(1, "2024-03-07", 140.0, "pay"),
    moved(1, "2025-03-07", -10.0, "fun"),
    moved(2, "2024-02-01", 50.0, "gift"),
]


def test_rows_with_a_number(make_bank: Callable[..., Any]) -> None:
    found = parts(make_bank, Table.TRANSACTIONS, MOVED)
    assert list(found) == [
        "",
        " above 0",
        " below 0",
        *(f" of category {one}" for one in ("fun", "gift", "pay")),
    ]
    assert found[""].loc[1].to_dict() == pytest.approx(
        {
            "count": 4,
            "mean": 50.0,
            "sum": 200.0,
            "min": -30.0,
            "max": 140.0,
            "last": -10.0,
            "standard deviation": np.std([100, -30, 140, -10], ddof=1),
            "median": 45.0,
            "number of days": 3,
            "number of months": 3,
            "count a month": 4 / 3,
            "sum a month": 200 / 3,
            "mean of daily sums": 200 / 3,
            "max of daily sums": 140.0,
            "min of daily sums": -10.0,
            "last of daily sums": -10.0,
        }
    )
    pay = {"count": 2, "sum": 240.0, "mean": 120.0, "count a month": 2 / 3, "sum a month": 80.0}
    assert found[" of category pay"].loc[1].to_dict() == pytest.approx(pay)
    assert found[" above 0"].loc[1].to_dict() == pytest.approx(pay)
    assert found[" below 0"].index.tolist() == [1]
    assert found[" below 0"].loc[1, "mean"] == -20.0


def test_rows_without_a_number(make_bank: Callable[..., Any]) -> None:
    """A holding may lack the day on which it was opened."""
    day = pd.Timestamp("2024-01-05").date()
    rows = [
        {"customer_id": 1, "product": "card", "opened_on": day, "closed_on": None},
        {"customer_id": 1, "product": "loan", "opened_on": day, "closed_on": day},
        {"customer_id": 2, "product": "card", "opened_on": None, "closed_on": day},
    ]
    found = parts(make_bank, Table.HOLDINGS, rows)
    told_of = found[""][["count", "count still open", "number of days", "count a month"]]
    assert told_of.loc[1].tolist() == [2, 1, 1, 2]
    assert told_of.loc[2, ["count", "count still open", "number of days"]].tolist() == [1, 0, 0]
    assert np.isnan(told_of.loc[2, "count a month"])
    assert found[" of product card"]["count"].to_dict() == {1: 1, 2: 1}


def test_only_the_most_frequent_sorts_have_aggregates(make_bank: Callable[..., Any]) -> None:
    often = [moved(1, "2024-01-05", 1.0, f"c{one:02}") for one in range(20) for _ in range(one + 1)]
    found = parts(make_bank, Table.TRANSACTIONS, often)
    kept = [rows for rows in found if rows.startswith(" of")]
    assert kept == [f" of category c{one:02}" for one in range(20 - SORTS_MOST, 20)]


def test_a_table_without_rows(make_bank: Callable[..., Any]) -> None:
    found = parts(make_bank, Table.TRANSACTIONS, [])
    assert all(part.empty for part in found.values())


def test_aggregates_in_words() -> None:
    words = "the mean of transactions.amount of category pay"
    assert told(Table.TRANSACTIONS, " of category pay", "mean") == words
    assert told(Table.TRANSACTIONS, " below 0", "count") == "the count of transactions below 0"
    assert told(Table.CONTACTS, "", "number of months") == "the number of months of contacts"
