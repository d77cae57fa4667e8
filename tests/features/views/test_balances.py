"""Balances against a computation by hand, and levels whose truth is known."""

from collections.abc import Callable
from datetime import date, timedelta
from statistics import linear_regression, mean, stdev
from typing import Any

import numpy as np
import pytest

from features.views.balances import CARRY_DAYS, CURRENT_DAYS, VIEW
from features.vocabulary import WINDOWS_DAYS, Table

SNAPSHOT = date(2024, 3, 1)
PRODUCTS = ("account", "deposit", "fund")
Row = dict[str, Any]
Make = Callable[..., Any]


def brute(rows: list[Row]) -> dict[str, float | None]:
    """Every feature of one customer, by its definition."""
    rows = [row for row in rows if 0 < age(row) <= 365 + CARRY_DAYS]
    last = min((age(row) for row in rows), default=0)
    newest: dict[str, Row] = {}
    for row in sorted(rows, key=age, reverse=True):
        newest[row["product"]] = row
    levels = {each: row["balance"] for each, row in newest.items() if age(row) - last <= CURRENT_DAYS}
    total = sum(levels.values()) if levels else None
    absolute = sum(map(abs, levels.values()))
    features: dict[str, float | None] = {
        "products": sum(level != 0 for level in levels.values()),
        "total_last": total,
        "days_since_last": last or None,
        "concentration": sum(x * x for x in levels.values()) / absolute**2 if absolute else None,
        **{f"last_{product}": levels.get(product) for product in PRODUCTS},
    }
    totals: dict[int, float] = {}
    for row in rows:
        totals[age(row)] = totals.get(age(row), 0.0) + row["balance"]
    for days in WINDOWS_DAYS:
        within = {day: value for day, value in totals.items() if day <= days}
        values = list(within.values())
        opening = [day for day in totals if days < day <= days + CARRY_DAYS]
        features |= {
            f"total_mean_{days}d": mean(values) if values else None,
            f"total_min_{days}d": min(values, default=None),
            f"total_max_{days}d": max(values, default=None),
            f"total_deviation_{days}d": stdev(values) if len(values) > 1 else None,
            f"total_change_{days}d": total - totals[min(opening)] if total is not None and opening else None,
        }
        if days in (90, 365):
            line = linear_regression([-day for day in within], values) if len(values) > 1 else None
            features[f"total_slope_{days}d"] = line.slope * 365.25 / 12 if line else None
    return {f"balances_{name}": value for name, value in features.items()}


def age(row: Row) -> int:
    return (SNAPSHOT - row["as_of"]).days


def drawn(seed: int) -> list[Row]:
    """Every product on some of a customer's days, once a day."""
    rng = np.random.default_rng(seed)
    return [
        {
            "customer_id": customer,
            "product": product,
            "as_of": SNAPSHOT - timedelta(days=int(day)),
            "balance": round(float(rng.normal(500, 400)), 2) * int(rng.integers(0, 5) > 0),
        }
        for customer in range(1, 9)
        for day in rng.choice(np.arange(-20, 500), size=int(rng.integers(0, 25)), replace=False)
        for product in PRODUCTS
        if rng.integers(0, 3)
    ]


def found(bank_of: Make, features_of: Make, rows: list[Row] | None, customers: int = 1) -> dict[int, Row]:
    tables = {Table.CUSTOMERS: [{"customer_id": customer + 1} for customer in range(customers)]}
    if rows is not None:
        tables[Table.BALANCES] = rows
    return features_of(VIEW, bank_of(tables, products={product: {} for product in PRODUCTS}), SNAPSHOT)


@pytest.mark.parametrize("seed", range(4))
def test_equals_brute_force(bank_of: Make, features_of: Make, same: Make, seed: int) -> None:
    rows = drawn(seed)
    features = found(bank_of, features_of, rows, customers=9)
    for customer in range(1, 10):
        same(features[customer], brute([row for row in rows if row["customer_id"] == customer]))


def monthly(*balances: float, product: str = "account") -> list[Row]:
    """Month-end balances, the newest on the eve of the snapshot."""
    ends = [date(2024, 2, 29), date(2024, 1, 31), date(2023, 12, 31), date(2023, 11, 30), date(2023, 10, 31)]
    return [
        {"customer_id": 1, "product": product, "as_of": end, "balance": balance}
        for end, balance in zip(ends, reversed(balances), strict=False)
    ]


def test_growth_of_a_known_slope(bank_of: Make, features_of: Make) -> None:
    rows = [
        {
            "customer_id": 1,
            "product": "account",
            "as_of": SNAPSHOT - timedelta(days=days),
            "balance": 900.0 - 2 * days,
        }
        for days in range(1, 300, 7)
    ]
    features = found(bank_of, features_of, rows)[1]
    assert features["balances_total_slope_90d"] == pytest.approx(2 * 365.25 / 12, abs=1e-4)
    assert features["balances_total_slope_365d"] == pytest.approx(2 * 365.25 / 12, abs=1e-4)
    assert features["balances_total_change_30d"] == 2 * 35


def test_a_product_the_last_month_end_no_longer_lists_is_gone(bank_of: Make, features_of: Make) -> None:
    gone = monthly(700.0, 700.0, product="fund")
    gone = [{**row, "as_of": row["as_of"].replace(day=1) - timedelta(days=1)} for row in gone]
    features = found(bank_of, features_of, [*monthly(100.0, 100.0, 100.0), *gone])[1]
    assert features["balances_total_last"] == 100
    assert features["balances_last_fund"] is None
    assert features["balances_products"] == 1
    assert features["balances_total_change_30d"] == -700


def test_concentration_of_equal_and_single_products(bank_of: Make, features_of: Make) -> None:
    equal = [row for product in PRODUCTS for row in monthly(250.0, product=product)]
    assert found(bank_of, features_of, equal)[1]["balances_concentration"] == pytest.approx(1 / 3, abs=1e-4)
    assert found(bank_of, features_of, monthly(-250.0))[1]["balances_concentration"] == 1
    assert found(bank_of, features_of, monthly(0.0))[1]["balances_concentration"] is None


def test_the_snapshot_itself_is_the_future(bank_of: Make, features_of: Make) -> None:
    rows = [
        {
            "customer_id": 1,
            "product": "account",
            "as_of": SNAPSHOT - timedelta(days=days),
            "balance": 10.0 + days,
        }
        for days in (0, 1)
    ]
    features = found(bank_of, features_of, rows)[1]
    assert features["balances_total_last"] == 11
    assert features["balances_total_deviation_365d"] is None


@pytest.mark.parametrize("days", WINDOWS_DAYS)
def test_a_window_begins_with_its_first_day(bank_of: Make, features_of: Make, days: int) -> None:
    rows = [
        {
            "customer_id": 1,
            "product": "account",
            "as_of": SNAPSHOT - timedelta(days=back),
            "balance": float(back),
        }
        for back in (1, days, days + 1)
    ]
    features = found(bank_of, features_of, rows)[1]
    assert features[f"balances_total_max_{days}d"] == days
    assert features[f"balances_total_change_{days}d"] == 1 - (days + 1)


def test_null_without_rows_and_without_the_table(bank_of: Make, features_of: Make) -> None:
    absent = found(bank_of, features_of, None)[1]
    assert set(absent.values()) == {None}
    assert {name for name, value in found(bank_of, features_of, [])[1].items() if value is not None} == {
        "balances_products"
    }
