"""A bank's columns under the design's names: whatever is missing or unknown is named."""

from datetime import date
from typing import Any

import pytest

from features.errors import BadInputError
from features.vocabulary import Table

PEOPLE = [{"cust": 1, "Joined": date(2020, 1, 1), "Net worth (EUR)": 3.0, "类型": 2.0}]
NAMED = {"customer_id": "cust", "joined_on": "Joined"}


def test_columns_are_renamed_and_further_ones_get_names_a_feature_may_have(make_bank: Any) -> None:
    bank = make_bank({"customers": PEOPLE}, options={"customers": {"columns": NAMED}})
    columns = ["customer_id", "joined_on", "kind", "birth_date", "recorded_at", "Net_worth_EUR", "类型"]
    assert list(bank.table(Table.CUSTOMERS).columns) == columns


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "table customers: no column 'customer_id'"),
        (
            {"columns": {"customer_id": "custt"}},
            "table customers: customer_id: no column 'custt'; did you mean 'cust'?",
        ),
        ({"columns": {**NAMED, "joined": "Joined"}}, "unknown column 'joined'; did you mean 'joined_on'?"),
        ({"columns": NAMED, "exclude": ["joined"]}, "exclude: no column 'joined'; did you mean 'Joined'?"),
        ({"columns": NAMED, "exclude": ["cust"]}, "customer_id: no column 'cust'"),
        (
            {"columns": {**NAMED, "birth_date": "类型", "birth_year": "类型"}},
            "both birth_date and birth_year",
        ),
    ],
)
def test_a_column_that_is_not_there_is_named(make_bank: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInputError) as error:
        make_bank({"customers": PEOPLE}, options={"customers": options})
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("table", "row", "missing"),
    [
        ("balances", {"as_of": date(2023, 1, 1)}, "balance"),
        ("transactions", {"amount": 1.0}, "at"),
        ("holdings", {"opened_on": date(2023, 1, 1)}, "product"),
        ("labels", {"snapshot_date": date(2023, 1, 1)}, "churned"),
    ],
)
def test_a_table_needs_its_own_columns(make_bank: Any, table: str, row: dict[str, Any], missing: str) -> None:
    with pytest.raises(BadInputError, match=f"table {table}: no column '{missing}'"):
        make_bank({"customers": [{"customer_id": 1}], table: [{"customer_id": 1, **row}]})


def test_two_columns_of_one_name_are_refused(make_bank: Any) -> None:
    with pytest.raises(BadInputError, match="two columns would be called 'net_worth'"):
        make_bank({"customers": [{"customer_id": 1, "net worth": 1, "net-worth": 2}]})
