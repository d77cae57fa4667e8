"""Interactions against a computation by hand."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from statistics import mean
from typing import Any

import numpy as np
import pytest

from features.views.interactions import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
WINDOWS = {"complaint": (30, 90, 365), "enquiry": (30, 90, 365), "visit": (30, 90, 365), "login": (30, 90)}
PLURALS = {"complaint": "complaints", "enquiry": "enquiries", "visit": "visits", "login": "logins"}
Row = dict[str, Any]
Make = Callable[..., Any]


def age(moment: datetime) -> int:
    return (SNAPSHOT - moment.date()).days


def brute(rows: list[Row]) -> dict[str, float | None]:
    """Every feature of one customer, by its definition."""
    rows = [row for row in rows if row["at"] < MIDNIGHT]
    features: dict[str, float | None] = {
        f"{PLURALS[kind]}_{days}d": sum(row["kind"] == kind and age(row["at"]) <= days for row in rows)
        for kind, windows in WINDOWS.items()
        for days in windows
    }
    complaints = [row for row in rows if row["kind"] == "complaint"]
    resolved = [row for row in complaints if row["resolved_at"] and row["resolved_at"] < MIDNIGHT]
    lately = [row for row in resolved if age(row["resolved_at"]) <= 365]
    took = [(row["resolved_at"] - row["at"]) / timedelta(days=1) for row in lately]
    waiting = [(MIDNIGHT - row["at"]) / timedelta(days=1) for row in complaints if row not in resolved]
    features["complaints_open"] = len(complaints) - len(resolved)
    features["complaints_open_days_max"] = max(waiting, default=None)
    features["complaints_open_days_mean"] = mean(waiting) if waiting else None
    features["complaints_resolved_365d"] = len(lately)
    features["resolution_days_mean"] = mean(took) if took else None
    features["days_since_last"] = min((age(row["at"]) for row in rows), default=None)
    for kind in WINDOWS:
        ages = [age(row["at"]) for row in rows if row["kind"] == kind]
        features[f"days_since_last_{kind}"] = min(ages, default=None)
    return {f"interactions_{name}": value for name, value in features.items()}


def drawn(seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(200):
        at = MIDNIGHT + timedelta(days=float(rng.integers(-800, 20)), seconds=int(rng.integers(0, 86400)))
        took = timedelta(days=float(rng.integers(0, 60)), hours=int(rng.integers(0, 24)))
        kind = rng.choice([*WINDOWS, "fax"])
        resolved = at + took if kind == "complaint" and rng.integers(0, 3) else None
        rows.append({"customer_id": int(rng.integers(1, 9)), "at": at, "kind": kind, "resolved_at": resolved})
    return rows


def found(bank_of: Make, features_of: Make, rows: list[Row] | None, customers: int = 1) -> dict[int, Row]:
    tables = {Table.CUSTOMERS: [{"customer_id": customer + 1} for customer in range(customers)]}
    if rows is not None:
        tables[Table.INTERACTIONS] = rows
    return features_of(VIEW, bank_of(tables), SNAPSHOT)


@pytest.mark.parametrize("seed", range(4))
def test_equals_brute_force(bank_of: Make, features_of: Make, same: Make, seed: int) -> None:
    rows = drawn(seed)
    features = found(bank_of, features_of, rows, customers=9)
    for customer in range(1, 10):
        same(features[customer], brute([row for row in rows if row["customer_id"] == customer]))


@pytest.mark.parametrize(
    ("resolved_at", "still_open"), [(MIDNIGHT, 1), (MIDNIGHT - timedelta(microseconds=1), 0)]
)
def test_a_complaint_is_open_until_its_resolution_is_known(
    bank_of: Make, features_of: Make, resolved_at: datetime, still_open: int
) -> None:
    at = MIDNIGHT - timedelta(days=400)
    row = {"customer_id": 1, "at": at, "kind": "complaint", "resolved_at": resolved_at}
    features = found(bank_of, features_of, [row])[1]
    assert features["interactions_complaints_open"] == still_open
    assert features["interactions_complaints_resolved_365d"] == 1 - still_open
    assert features["interactions_complaints_365d"] == 0
    assert features["interactions_complaints_open_days_max"] == (400 if still_open else None)


@pytest.mark.parametrize("days", [30, 90, 365])
def test_a_window_begins_with_its_first_moment(bank_of: Make, features_of: Make, days: int) -> None:
    edge = MIDNIGHT - timedelta(days=days)
    rows = [
        {"customer_id": 1, "at": at, "kind": "visit"}
        for at in (edge, edge - timedelta(microseconds=1), MIDNIGHT)
    ]
    assert found(bank_of, features_of, rows)[1][f"interactions_visits_{days}d"] == 1


def test_null_without_the_table_and_zero_without_rows(bank_of: Make, features_of: Make) -> None:
    assert set(found(bank_of, features_of, None)[1].values()) == {None}
    empty = found(bank_of, features_of, [])[1]
    unknown = {name for name, value in empty.items() if value is None}
    assert unknown == {name for name in empty if "_days_" in name}
    assert {empty[name] for name in set(empty) - unknown} == {0}
