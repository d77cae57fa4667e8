"""Windows, and the aggregates that views are made of."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from features import windows
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)


TableOf = Callable[..., ir.Table]


@pytest.fixture
def table_of() -> Iterator[TableOf]:
    """Make a table of columns."""
    connection = ibis.duckdb.connect()
    yield lambda **columns: connection.create_table("rows", pa.table(columns))
    connection.disconnect()


@pytest.fixture
def rows(table_of: TableOf) -> ir.Table:
    """Two customers with amounts x, one null, on some days."""
    days = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 1, 15), date(2024, 2, 29)]
    return table_of(customer_id=[1, 1, 1, 2], x=[1.0, None, 4.0, 8.0], day=days)


def value(expression: ir.Value) -> Any:
    return expression.as_scalar().to_pyarrow().as_py()


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2024-02-29T23:59:59.999999", 1),
        ("2024-02-29", 1),
        ("2024-02-28T23:59:59.999999", 2),
        ("2024-03-01", 0),
        ("2023-03-02", 365),
    ],
)
def test_days_before_counts_days_begun(table_of: TableOf, moment: str, days: int) -> None:
    at = datetime.fromisoformat(moment)
    table = table_of(at=[at], on=[at.date()])
    found = table.select(
        at=windows.days_before(table["at"], SNAPSHOT), on=windows.days_before(table.on, SNAPSHOT)
    )
    assert found.to_pyarrow().to_pylist() == [{"at": days, "on": days}]


def test_since_keeps_the_window_whole(table_of: TableOf) -> None:
    edge = datetime.combine(SNAPSHOT, time()) - timedelta(days=30)
    table = table_of(at=[edge, edge - timedelta(microseconds=1), edge + timedelta(days=9)])
    assert value(windows.since(table, "at", SNAPSHOT, 30).count()) == 2


def test_conditional_aggregates(rows: ir.Table) -> None:
    small = rows.x < 5
    assert value(windows.count_if(small)) == 2  # the null is not small
    assert value(windows.sum_if(small, rows.x)) == 5
    assert value(windows.only(small, rows.x).max()) == 4
    assert value(windows.sum_if(rows.x > 99, rows.x)) == 0


def test_newest_passes_nulls_over(rows: ir.Table) -> None:
    found = rows.group_by("customer_id").aggregate(x=windows.newest(rows.x, rows.day))
    assert {row["customer_id"]: row["x"] for row in found.to_pyarrow().to_pylist()} == {1: 4.0, 2: 8.0}


@pytest.mark.parametrize(
    ("above", "below", "expected"), [(1, 4, 0.25), (0, 4, 0), (1, 0, None), (0, 0, None)]
)
def test_ratio(table_of: TableOf, above: int, below: int, expected: float | None) -> None:
    table = table_of(above=[above], below=[below])
    assert value(windows.ratio(table.above, table.below).max()) == expected


def test_steady_takes_the_noise_out_of_sums(table_of: TableOf) -> None:
    table = table_of(x=[0.1 + 0.2, 0.3, 1234567.005])
    assert table.select(x=windows.steady(table.x)).to_pyarrow()["x"].to_pylist() == [0.3, 0.3, 1234567.005]


def test_every_customer_gets_a_row(bank_of: Callable[..., Any]) -> None:
    customers = {Table.CUSTOMERS: [{"customer_id": 1}, {"customer_id": 2}]}
    visits = {
        Table.INTERACTIONS: [{"customer_id": 1, "kind": "visit", "at": datetime.fromisoformat("2024-01-01")}]
    }
    for tables, counts in (({**customers, **visits}, [1.0, 0.0]), (customers, [None, None])):
        bank = bank_of(tables)
        visit = bank.table(Table.INTERACTIONS)
        found = windows.per_customer(
            bank,
            Table.INTERACTIONS,
            visit,
            {"visits": windows.count_if(visit.kind == "visit")},
            {"last": visit.kind.max()},
        )
        result = found.order_by("customer_id").to_pyarrow().to_pydict()
        assert result["visits"] == counts
        assert result["last"][1] is None
