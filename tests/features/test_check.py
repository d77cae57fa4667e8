"""What a bank breaks is found, counted and shown; what it holds is described."""

from datetime import date, datetime
from typing import Any

import pytest

from features.check import Report, check_bank, require_valid
from features.errors import BadInputError
from features.spec import read_spec
from features.tables import open_bank

TODAY = date(2024, 6, 30)
DAY = date(2023, 1, 1)
at = datetime.fromisoformat
TIME = at("2023-01-01 12:00")

CUSTOMERS = [{"customer_id": 1, "joined_on": DAY}, {"customer_id": 2, "joined_on": None}]
PRODUCTS = {"loan": {}, "card": {}}
HELD = {"customer_id": 1, "product": "loan", "opened_on": DAY, "closed_on": None}


def test_every_row_is_counted_and_the_first_few_are_shown(make_bank: Any) -> None:
    held = [{**HELD, "customer_id": 9} for _ in range(7)]
    bank = make_bank({"customers": CUSTOMERS, "holdings": held}, products=PRODUCTS)
    (found,) = check_bank(bank, TODAY).violations
    assert found.rows == 7
    assert found.examples == ("customer_id=9",) * 5


def test_of_unknown_words_each_is_shown_once_with_the_nearest_known_one(make_bank: Any) -> None:
    words = ["Marketing"] * 4 + ["xyz"] * 2 + ["servise"]
    said = [
        {"customer_id": row % 2 + 1, "at": at(f"2023-01-0{row + 1}"), "purpose": word, "granted": True}
        for row, word in enumerate(words)
    ]
    (found,) = check_bank(make_bank({"customers": CUSTOMERS, "consents": said}), TODAY).violations
    assert (found.table, found.column, found.rows) == ("consents", "purpose", 7)
    assert found.rule == "must be one of marketing, service"
    assert found.examples == (
        "customer_id=1, purpose=Marketing (4 rows); did you mean 'marketing'?",
        "customer_id=1, purpose=xyz (2 rows)",
        "customer_id=1, purpose=servise; did you mean 'service'?",
    )


def test_a_bank_needs_a_customer_and_one_is_enough(make_bank: Any) -> None:
    (found,) = check_bank(make_bank({"customers": []}), TODAY).violations
    assert str(found) == "customers.* must have at least one row"
    require_valid(make_bank({"customers": CUSTOMERS[:1]}), TODAY)


def test_tables_are_described(make_bank: Any) -> None:
    moved = [
        {"customer_id": 1, "at": at(when), "amount": 1.0} for when in ("2023-01-05 10:00", "2023-02-01 00:00")
    ]
    bank = make_bank({"customers": CUSTOMERS, "transactions": moved})
    customers, transactions = check_bank(bank, TODAY).tables
    assert (customers.rows, customers.first, customers.last) == (2, DAY, DAY)
    assert customers.nulls == {
        "customer_id": 0.0,
        "joined_on": 0.5,
        "kind": 1.0,
        "birth_date": 1.0,
        "recorded_at": 1.0,
    }
    assert (transactions.first, transactions.last) == (date(2023, 1, 5), date(2023, 2, 1))


def test_a_report_reads_as_text_and_as_json(make_bank: Any) -> None:
    held = [{**HELD, "customer_id": 9}]
    report = check_bank(make_bank({"customers": CUSTOMERS, "holdings": held}, products=PRODUCTS), TODAY)
    assert report.text().splitlines() == [
        "customers: 2 rows, 2023-01-01 to 2023-01-01",
        "  nulls: joined_on 50.0%",
        "  not given: kind, birth_date, recorded_at",
        "holdings: 1 row, 2023-01-01 to 2023-01-01",
        "  not given: closed_on, recorded_at",
        "violation: holdings.customer_id must be in the table customers (1 row): customer_id=9",
    ]
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_what_is_unusual_but_allowed_is_noted(make_bank: Any) -> None:
    late = [{"customer_id": 1, "joined_on": date(2024, 1, 1), "name": "x"}]
    contacts = [{"contact_id": "c", "customer_id": 1, "at": TIME, "action": "retain", "outcome": "ignored"}]
    bank = make_bank({"customers": late, "balances": [], "contacts": contacts})
    report = check_bank(bank, TODAY)
    assert report.violations == ()
    assert report.notes == (
        "customers.name is left out of the models: it has no value before the first snapshot",
        "balances has no rows",
        "no customer is known before the first snapshot, 2024-01-01",
        "contacts: 1 row with an outcome of no use: without outcome_at, none knows since when",
    )


def test_a_bank_that_breaks_rules_is_refused_with_all_of_them(make_bank: Any) -> None:
    held = [{**HELD, "customer_id": 9, "product": "lone"}]
    with pytest.raises(BadInputError) as error:
        require_valid(make_bank({"customers": CUSTOMERS, "holdings": held}, products=PRODUCTS), TODAY)
    assert "holdings.customer_id must be in the table customers (1 row): customer_id=9" in str(error.value)
    assert "holdings.product must be a product of the catalogue (1 row)" in str(error.value)


def test_a_sensitive_column_that_is_not_there_breaks_a_rule(make_bank: Any) -> None:
    customers = [{**row, "region": "N"} for row in CUSTOMERS]
    (found,) = check_bank(
        make_bank({"customers": customers}, sensitive=("region", "regoin")), TODAY
    ).violations
    assert str(found) == (
        "bank.toml.sensitive must name columns that features come from: 'regoin'; did you mean 'region'?"
    )


def test_a_row_that_cannot_be_read_is_named_with_its_table(write_bank: Any) -> None:
    folder = write_bank({"customers": CUSTOMERS, "balances": []}, suffix=".csv")
    rows = "".join(f"{row},loan,2023-01-01,1\n" for row in range(60_000))
    (folder / "balances.csv").write_text(f"customer_id,product,as_of,balance\n{rows}1,loan\n")
    bank = open_bank(read_spec(folder))
    with pytest.raises(
        BadInputError, match=r"table balances: balances\.csv, line 60002: expected 4 values, found 2$"
    ):
        check_bank(bank, TODAY)
