"""Grades by value and activity."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from features.views.tier import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
CATALOGUE = {"card": {"annual_value": 10.0}, "loan": {"annual_value": 200.0}}
Make = Callable[..., Any]
Rows = list[dict[str, Any]]


def ids(count: int) -> Rows:
    return [{"customer_id": customer} for customer in range(1, count + 1)]


def balance(customer: int, amount: float) -> dict[str, Any]:
    return {"customer_id": customer, "product": "card", "as_of": date(2024, 2, 29), "balance": amount}


def active(customer: int, days: float) -> dict[str, Any]:
    return {"customer_id": customer, "at": MIDNIGHT - timedelta(days=days), "amount": 1.0, "kind": "login"}


def graded(bank_of: Make, features_of: Make, tables: dict[Table, Rows], **spec: Any) -> dict[int, Any]:
    return features_of(VIEW, bank_of(tables, products=CATALOGUE, **spec), SNAPSHOT)


def test_rank_is_the_percentile_of_the_balance(bank_of: Make, features_of: Make) -> None:
    balances = [balance(customer, customer * 100.0) for customer in range(1, 12)]
    found = graded(bank_of, features_of, {Table.CUSTOMERS: ids(11), Table.BALANCES: balances})
    assert [found[customer]["tier_rank"] for customer in range(1, 12)] == pytest.approx(
        [place / 10 for place in range(11)]
    )
    assert [found[customer]["tier"] for customer in range(1, 12)] == (
        ["low_value"] * 5 + ["valuable"] * 4 + ["high_value"] * 2
    )


def test_thresholds_come_from_the_bank(bank_of: Make, features_of: Make) -> None:
    balances = [balance(customer, customer * 100.0) for customer in (1, 2, 3)]
    tiers = {"valuable_from": 0.0, "high_value_from": 0.5}
    found = graded(bank_of, features_of, {Table.CUSTOMERS: ids(3), Table.BALANCES: balances}, tiers=tiers)
    assert [found[customer]["tier"] for customer in (1, 2, 3)] == ["valuable", "high_value", "high_value"]


def test_equal_values_rank_alike_and_no_balance_is_worth_nothing(bank_of: Make, features_of: Make) -> None:
    balances = [balance(1, 50.0), balance(2, 50.0), balance(4, -5.0)]
    found = graded(bank_of, features_of, {Table.CUSTOMERS: ids(4), Table.BALANCES: balances})
    ranks = [found[customer]["tier_rank"] for customer in (1, 2, 3, 4)]
    assert ranks == pytest.approx([2 / 3, 2 / 3, 1 / 3, 0])


def test_without_balances_value_is_that_of_the_products_held(bank_of: Make, features_of: Make) -> None:
    holdings = [
        {"customer_id": 1, "product": "loan", "opened_on": date(2024, 1, 1), "closed_on": date(2024, 2, 1)},
        {"customer_id": 1, "product": "card", "opened_on": date(2024, 1, 1)},
        {"customer_id": 2, "product": "loan", "opened_on": None, "closed_on": SNAPSHOT},
        {"customer_id": 3, "product": "card", "opened_on": SNAPSHOT},
    ]
    found = graded(bank_of, features_of, {Table.CUSTOMERS: ids(3), Table.HOLDINGS: holdings})
    assert [found[customer]["tier_rank"] for customer in (3, 1, 2)] == [0, 0.5, 1]


@pytest.mark.parametrize("table", [Table.TRANSACTIONS, Table.INTERACTIONS])
def test_dormant_is_who_did_nothing_for_so_many_days(bank_of: Make, features_of: Make, table: Table) -> None:
    rows = [active(1, 100), active(2, 100.001), active(3, 0)]
    tables = {
        Table.CUSTOMERS: ids(4),
        Table.BALANCES: [balance(customer, 1e6) for customer in (1, 2, 3, 4)],
        table: rows,
    }
    found = graded(bank_of, features_of, tables, tiers={"dormant_days": 100})
    dormant = [customer for customer in found if found[customer]["tier"] == "dormant"]
    assert sorted(dormant) == [2, 3, 4]


def test_either_kind_of_activity_will_do(bank_of: Make, features_of: Make) -> None:
    tables = {
        Table.CUSTOMERS: ids(3),
        Table.BALANCES: [],
        Table.TRANSACTIONS: [active(1, 5)],
        Table.INTERACTIONS: [active(2, 5)],
    }
    found = graded(bank_of, features_of, tables)
    assert [found[customer]["tier"] == "dormant" for customer in (1, 2, 3)] == [False, False, True]


def test_nobody_is_graded_where_nothing_tells_the_value(bank_of: Make, features_of: Make) -> None:
    tables = {Table.CUSTOMERS: ids(1), Table.TRANSACTIONS: [active(1, 1)]}
    assert graded(bank_of, features_of, tables) == {1: {"tier": None, "tier_rank": None}}


def test_a_single_customer_is_of_low_value(bank_of: Make, features_of: Make) -> None:
    found = graded(bank_of, features_of, {Table.CUSTOMERS: ids(1), Table.BALANCES: [balance(1, 9.0)]})
    assert found == {1: {"tier": "low_value", "tier_rank": 0}}
