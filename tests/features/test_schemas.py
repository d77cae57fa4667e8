"""Every rule of every table: what breaks it is found, and nothing else is."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from features.check import Violation, check_bank

TODAY = date(2024, 6, 30)
DAY = date(2023, 1, 1)
at = datetime.fromisoformat
TIME = at("2023-01-01 12:00")

CUSTOMERS = [{"customer_id": 1, "joined_on": DAY}, {"customer_id": 2, "joined_on": None}]
PRODUCTS = {"loan": {}, "card": {}}
GOOD: dict[str, dict[str, Any]] = {
    "customers": {
        "customer_id": 3,
        "joined_on": DAY,
        "kind": "company",
        "birth_date": DAY,
        "recorded_at": TIME,
    },
    "attributes": {"customer_id": 1, "as_of": DAY, "grade": "a", "income": 1.0},
    "holdings": {"customer_id": 1, "product": "loan", "opened_on": DAY, "closed_on": DAY},
    "balances": {"customer_id": 1, "product": "loan", "as_of": DAY, "balance": -5.0},
    "transactions": {"customer_id": 1, "at": TIME, "amount": 1.0, "channel": "app", "category": "food"},
    "interactions": {
        "customer_id": 1,
        "at": TIME,
        "kind": "complaint",
        "channel": "app",
        "resolved_at": TIME,
    },
    "contacts": {
        "contact_id": "c1",
        "customer_id": 1,
        "at": TIME,
        "action": "cross_sell:loan",
        "channel": "app",
        "arm": "control",
        "assignment_probability": 1.0,
        "outcome": "ignored",
        "outcome_at": TIME,
    },
    "consents": {"customer_id": 1, "at": TIME, "purpose": "marketing", "channel": "app", "granted": True},
    "labels": {"customer_id": 1, "snapshot_date": DAY, "churned": False},
}


def violations(make_bank: Any, tables: dict[str, Any], **options: Any) -> list[Violation]:
    bank = make_bank({"customers": CUSTOMERS, **tables}, products=PRODUCTS, **options)
    return list(check_bank(bank, TODAY).violations)


def test_rows_that_keep_every_rule_break_none(make_bank: Any) -> None:
    tables = {name: [row] for name, row in GOOD.items()} | {"customers": [*CUSTOMERS, GOOD["customers"]]}
    assert violations(make_bank, tables) == []


BROKEN: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "customers",
        {"joined_on": TODAY + timedelta(days=1)},
        "joined_on",
        "must not be after today, 2024-06-30",
    ),
    ("customers", {"kind": "Company"}, "kind", "must be one of individual, company, institution"),
    ("customers", {"customer_id": None}, "customer_id", "must be there"),
    ("customers", {"recorded_at": at("2024-07-01")}, "recorded_at", "must not be after today, 2024-06-30"),
    ("attributes", {"as_of": None}, "as_of", "must be there"),
    ("holdings", {"closed_on": date(2022, 12, 31)}, "closed_on", "must not be before opened_on"),
    ("holdings", {"product": "lone"}, "product", "must be a product of the catalogue"),
    ("holdings", {"customer_id": 9}, "customer_id", "must be in the table customers"),
    ("attributes", {"income": float("-inf")}, "income", "must be finite"),
    ("balances", {"balance": float("inf")}, "balance", "must be finite"),
    ("balances", {"balance": float("nan")}, "balance", "must be there"),
    ("transactions", {"at": at("2024-07-01")}, "at", "must not be after today, 2024-06-30"),
    ("transactions", {"amount": None}, "amount", "must be there"),
    ("interactions", {"kind": "call"}, "kind", "must be one of complaint, enquiry, visit, login"),
    ("interactions", {"resolved_at": at("2023-01-01 11:59")}, "resolved_at", "must not be before at"),
    ("contacts", {"action": None, "arm": "treatment"}, "action", "must be there unless arm is control"),
    ("contacts", {"action": "sell"}, "action", "must be retain, cross_sell:... or service:..."),
    (
        "contacts",
        {"action": "cross_sell:lone"},
        "action",
        "must be a product of the catalogue after cross_sell:",
    ),
    ("contacts", {"arm": "both"}, "arm", "must be one of treatment, control"),
    ("contacts", {"assignment_probability": -0.1}, "assignment_probability", "must be between 0 and 1"),
    ("contacts", {"outcome": "bought"}, "outcome", "must be one of accepted, declined, ignored"),
    ("contacts", {"outcome_at": at("2023-01-01 11:59")}, "outcome_at", "must not be before at"),
    ("consents", {"purpose": None}, "purpose", "must be there"),
    ("consents", {"purpose": "Marketing"}, "purpose", "must be one of marketing, service"),
    (
        "consents",
        {"channel": "pigeon"},
        "channel",
        "must be one of app, email, sms, call_centre, branch, rm, relationship_manager, any",
    ),
    ("labels", {"churned": None}, "churned", "must be there"),
]
"""table, what is changed in a good row, and the one rule which that breaks"""


def test_each_broken_rule_is_found_once_and_no_other(make_bank: Any) -> None:
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in GOOD} | {"customers": list(CUSTOMERS)}
    for place, (table, changed, _, _) in enumerate(BROKEN):
        # Each row has a key of its own, so that none is a duplicate.
        key = {"customer_id": 10 + place} if table == "customers" else {"customer_id": 1 + place % 2}
        spread = {"as_of": DAY + timedelta(days=place)} if "as_of" in GOOD[table] else {}
        named = {"contact_id": f"c{place}"} if table == "contacts" else {}
        tables[table].append({**GOOD[table], **key, **spread, **named, **changed})
    found = violations(make_bank, tables)
    expected = [(table, column, rule, 1) for table, _, column, rule in BROKEN]
    assert sorted((one.table, one.column, one.rule, one.rows) for one in found) == sorted(expected)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("action", [None, ""])
def test_a_control_row_may_name_no_action(make_bank: Any, suffix: str, action: str | None) -> None:
    rows = [GOOD["contacts"], {**GOOD["contacts"], "contact_id": "c2", "action": action}]
    assert violations(make_bank, {"contacts": rows}, suffix=suffix) == []


def test_a_key_given_twice_is_found(make_bank: Any) -> None:
    keyed = ("attributes", "balances", "contacts", "consents", "labels")
    tables = {name: [GOOD[name], GOOD[name]] for name in keyed}
    found = violations(make_bank, {**tables, "customers": [*CUSTOMERS, CUSTOMERS[0]]})
    assert {one.rule for one in found} == {"must be unique"}
    assert {one.table: (one.column, one.rows) for one in found} == {
        "customers": ("customer_id", 2),
        "attributes": ("customer_id, as_of", 2),
        "balances": ("customer_id, product, as_of", 2),
        "contacts": ("contact_id", 2),
        "consents": ("customer_id, at, purpose, channel", 2),
        "labels": ("customer_id, snapshot_date", 2),
    }


def test_without_a_catalogue_no_product_is_known(make_bank: Any) -> None:
    bank = make_bank({"customers": CUSTOMERS, "holdings": [GOOD["holdings"]]})
    (found,) = check_bank(bank, TODAY).violations
    assert (found.column, found.rule, found.rows) == ("product", "must be a product of the catalogue", 1)


def test_two_accounts_may_open_on_one_day_and_two_payments_be_alike(make_bank: Any) -> None:
    assert violations(make_bank, {name: [GOOD[name]] * 2 for name in ("holdings", "transactions")}) == []


def test_text_of_the_wrong_type_is_found(make_bank: Any) -> None:
    typed = [{"customer_id": "1", "joined_on": "2023-01-01", "age": "30"}, {"customer_id": "2", "age": "NA"}]
    late = {"customer_id": "3", "joined_on": "2024-02-01", "age": "many"}
    tables = {
        "customers": [*typed, late, {"customer_id": "4", "joined_on": "01.02.2023", "age": "40"}],
        "balances": [{**GOOD["balances"], "balance": "1,50"}],
        "transactions": [{**GOOD["transactions"], "at": "noon"}],
        "labels": [{**GOOD["labels"], "churned": "maybe"}],
        "holdings": [{**GOOD["holdings"], "customer_id": "x9"}],
    }
    assert {str(one) for one in violations(make_bank, tables, suffix=".csv")} == {
        "customers.joined_on must be a date, as 2024-12-31 (1 row): customer_id=4, joined_on=01.02.2023",
        "customers.age must be a number (1 row): customer_id=3, age=many",
        "balances.balance must be a number (1 row): customer_id=1, balance=1,50",
        "transactions.at must be a time, as 2024-12-31 23:59:59 (1 row): customer_id=1, at=noon",
        "labels.churned must be true or false (1 row): customer_id=1, churned=maybe",
        "holdings.customer_id must be a whole number (1 row): customer_id=x9",
    }


def test_a_year_of_birth_has_four_digits(make_bank: Any) -> None:
    (found,) = violations(make_bank, {"customers": [{"customer_id": 1, "birth_year": 80}]})
    assert (
        str(found)
        == "customers.birth_year must be a year of four digits (1 row): customer_id=1, birth_year=80"
    )


def test_monthly_flags_keep_rules_of_their_own(make_bank: Any) -> None:
    month = {"customer_id": 1, "as_of": DAY, "loan": 0, "card": 1}
    months = [
        month,
        month,
        {**month, "as_of": TODAY, "loan": 2},
        {**month, "as_of": date(2025, 1, 1), "customer_id": 9},
    ]
    found = violations(make_bank, {"holdings": months}, options={"holdings": {"layout": "wide"}})
    assert {(one.column, one.rule, one.rows) for one in found} == {
        ("customer_id, as_of", "must be unique", 2),
        ("loan", "must be 0 or 1", 1),
        ("as_of", "must not be after today, 2024-06-30", 1),
        ("customer_id", "must be in the table customers", 1),
    }
