"""Transactions against a computation by hand over every row."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest

from features.views.transactions import VIEW
from features.vocabulary import WINDOWS_DAYS, Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
CHANNELS, CATEGORIES = ("app", "Call centre", "call-centre"), ("salary", "现金")
PARTS = {
    "channel_app": ("channel", "app"),
    "channel_call_centre": ("channel", "Call centre"),
    "channel_call_centre_2": ("channel", "call-centre"),
    "category_salary": ("category", "salary"),
    "category_现金": ("category", "现金"),
}
Row = dict[str, Any]
Make = Callable[..., Any]


def brute(rows: list[Row]) -> dict[str, float | None]:
    """Every feature of one customer, by its definition."""
    aged = [(row, (SNAPSHOT - row["at"].date()).days) for row in rows if row["at"] < MIDNIGHT]
    aged = [(row, age) for row, age in aged if age <= 365]
    features: dict[str, float | None] = {}
    for direction, sign in (("credit", 1), ("debit", -1)):
        for days in WINDOWS_DAYS:
            money = [abs(row["amount"]) for row, age in aged if age <= days and row["amount"] * sign > 0]
            features[f"{direction}_count_{days}d"] = len(money)
            features[f"{direction}_sum_{days}d"] = sum(money)
            features[f"{direction}_mean_{days}d"] = mean(money) if money else None
            features[f"{direction}_deviation_{days}d"] = stdev(money) if len(money) > 1 else None
        ages = [age for row, age in aged if row["amount"] * sign > 0]
        features[f"days_since_last_{direction}"] = min(ages, default=None)
    features["days_since_last"] = min((age for _, age in aged), default=None)
    for days in WINDOWS_DAYS:
        for part, (column, value) in PARTS.items():
            its = [row["amount"] for row, age in aged if age <= days and row[column] == value]
            features[f"{part}_count_{days}d"], features[f"{part}_sum_{days}d"] = len(its), sum(its)
            features[f"{part}_mean_{days}d"] = mean(its) if its else None
            features[f"{part}_deviation_{days}d"] = stdev(its) if len(its) > 1 else None
    for days in (90, 365):
        near = [row for row, age in aged if age <= days]
        timed = [row["at"] for row in near if row["at"].time() != time()]
        night = [at for at in timed if at.hour < 6 or at.hour >= 22]
        features[f"night_share_{days}d"] = len(night) / len(timed) if timed else None
        weekend = [row for row in near if row["at"].weekday() >= 5]
        features[f"weekend_share_{days}d"] = len(weekend) / len(near) if near else None
    active = sorted({age for _, age in aged})
    gaps = [later - sooner for sooner, later in pairwise(active)]
    features["gap_mean_days"] = mean(gaps) if gaps else None
    features["gap_deviation_days"] = stdev(gaps) if len(gaps) > 1 else None
    features["gap_max_days"] = max(gaps, default=None)
    for days, longer in ((30, 90), (90, 180), (180, 365)):
        for name, value in (
            ("count", lambda amount: amount != 0),
            ("credit", lambda amount: max(amount, 0)),
            ("debit", lambda amount: max(-amount, 0)),
        ):
            lately = sum(value(row["amount"]) for row, age in aged if age <= days) / days
            before = sum(value(row["amount"]) for row, age in aged if days < age <= longer) / (longer - days)
            total = lately + before
            features[f"{name}_trend_{days}d"] = (lately - before) / total if total else None
    return {f"transactions_{name}": value for name, value in features.items()}


def drawn(seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    return [
        {
            "customer_id": int(rng.integers(1, 9)),
            "at": MIDNIGHT
            + timedelta(days=float(rng.integers(-420, 20)), seconds=int(rng.integers(0, 3) * 40000)),
            "amount": round(float(rng.normal(0, 300)), 2) * int(rng.integers(0, 8) > 0),
            "channel": rng.choice([*CHANNELS, "fax", None]),
            "category": rng.choice([*CATEGORIES, None]),
        }
        for _ in range(int(rng.integers(20, 400)))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_equals_brute_force(bank_of: Make, features_of: Make, same: Make, seed: int) -> None:
    rows = drawn(seed)
    customers = [{"customer_id": customer} for customer in range(1, 11)]
    bank = bank_of(
        {Table.CUSTOMERS: customers, Table.TRANSACTIONS: rows}, channels=CHANNELS, categories=CATEGORIES
    )
    found = features_of(VIEW, bank, SNAPSHOT)
    for customer in range(1, 11):
        expected = brute([row for row in rows if row["customer_id"] == customer])
        same(found[customer], expected)


def one(bank_of: Make, features_of: Make, *moments: datetime, amount: float = 10.0) -> Row:
    rows = [{"customer_id": 1, "at": at, "amount": amount} for at in moments]
    bank = bank_of({Table.CUSTOMERS: [{"customer_id": 1}], Table.TRANSACTIONS: rows})
    return features_of(VIEW, bank, SNAPSHOT)[1]


def test_the_snapshot_itself_is_the_future(bank_of: Make, features_of: Make) -> None:
    eve = MIDNIGHT - timedelta(microseconds=1)
    found = one(bank_of, features_of, MIDNIGHT, eve)
    assert found["transactions_credit_count_30d"] == 1
    assert found["transactions_days_since_last"] == 1
    assert found["transactions_night_share_90d"] == 1


@pytest.mark.parametrize("days", WINDOWS_DAYS)
def test_a_window_begins_with_its_first_moment(bank_of: Make, features_of: Make, days: int) -> None:
    edge = MIDNIGHT - timedelta(days=days)
    found = one(bank_of, features_of, edge, edge - timedelta(microseconds=1))
    assert found[f"transactions_credit_count_{days}d"] == 1


def test_one_row_has_neither_deviation_nor_gap(bank_of: Make, features_of: Make) -> None:
    found = one(bank_of, features_of, MIDNIGHT - timedelta(days=3))
    assert found["transactions_credit_mean_30d"] == 10
    assert found["transactions_credit_deviation_30d"] is None
    assert found["transactions_gap_mean_days"] is None
    assert found["transactions_gap_max_days"] is None
    assert found["transactions_count_trend_30d"] == 1
    assert found["transactions_count_trend_180d"] == 1
    assert found["transactions_night_share_365d"] is None  # midnight: the hour is unknown


def test_deviation_survives_large_amounts(bank_of: Make, features_of: Make) -> None:
    rows = [
        {"customer_id": 1, "at": MIDNIGHT - timedelta(days=days), "amount": 1e9 + step}
        for days, step in ((1, 0), (40, 1), (100, 2), (200, 3))
    ]
    bank = bank_of({Table.CUSTOMERS: [{"customer_id": 1}], Table.TRANSACTIONS: rows})
    found = features_of(VIEW, bank, SNAPSHOT)[1]
    assert found["transactions_credit_deviation_365d"] == pytest.approx(stdev([0, 1, 2, 3]), abs=1e-4)


def test_without_the_table_all_is_null_but_without_rows_counts_are_zero(
    bank_of: Make, features_of: Make
) -> None:
    customers = {Table.CUSTOMERS: [{"customer_id": 1}]}
    absent = features_of(VIEW, bank_of(customers, channels=("app",)), SNAPSHOT)[1]
    assert set(absent.values()) == {None}
    empty = features_of(VIEW, bank_of({**customers, Table.TRANSACTIONS: []}, channels=("app",)), SNAPSHOT)[1]
    assert set(empty) == set(absent)
    zeros = {name for name, value in empty.items() if value == 0}
    assert zeros == {name for name in empty if "_count_" in name or "_sum_" in name} - {
        name for name in empty if "_trend_" in name
    }
    assert {empty[name] for name in set(empty) - zeros} == {None}
