"""A bank opened: what it brings, and which of its tables tell when a row was recorded."""

from datetime import datetime
from typing import Any

from features.vocabulary import Table

NOON = datetime(2023, 1, 1, 12)  # noqa: DTZ001 - all times are naive, in UTC
MOVED = {"customer_id": 1, "at": NOON, "amount": 1.0}


def test_absent_tables_are_there_without_rows(make_bank: Any) -> None:
    bank = make_bank({"customers": [{"customer_id": 1}], "transactions": [MOVED]})
    assert bank.present == {Table.CUSTOMERS, Table.TRANSACTIONS}
    assert {name: bank.table(name).count().to_pyarrow().as_py() for name in Table} == {
        name: float(name in bank.present) for name in Table
    }


def test_a_table_is_recorded_where_the_bank_says_when(make_bank: Any) -> None:
    told = {**MOVED, "booked": NOON}
    mapped = {"transactions": {"columns": {"recorded_at": "booked"}}}
    bank = make_bank({"customers": [{"customer_id": 1}], "transactions": [told]}, options=mapped)
    assert bank.recorded(Table.TRANSACTIONS)
    assert not bank.recorded(Table.CUSTOMERS)


def test_other_tables_are_another_bank(make_bank: Any) -> None:
    bank = make_bank({"customers": [{"customer_id": 1}]})
    fewer = bank.with_tables({name: table.limit(0) for name, table in bank.tables.items()})
    assert fewer.table(Table.CUSTOMERS).count().to_pyarrow().as_py() == 0
    assert bank.table(Table.CUSTOMERS).count().to_pyarrow().as_py() == 1
