"""Banks in memory, for tests of what is computed from a bank's tables."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from features.bank import Bank
from features.columns import COLUMNS, types_of
from features.point_in_time import before
from features.spec import BankSpec
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table

Row = dict[str, Any]
FeaturesOf = Callable[[View, Bank, date], dict[int, Row]]


class BankOf(Protocol):
    """See `bank_of`."""

    def __call__(
        self,
        tables: Mapping[Table, list[Row]],
        *,
        channels: tuple[str, ...] = ...,
        categories: tuple[str, ...] = ...,
        **spec: Any,
    ) -> Bank: ...


@pytest.fixture
def bank_of() -> Iterator[BankOf]:
    """Make a bank of rows in the design's columns; columns left out are null, tables left out are absent.

    Further columns take their type from the rows. Whatever else is given goes into the bank's spec.
    """
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET threads = 1")

    def table_of(name: Table, rows: list[Row]) -> ir.Table:
        connection.con.register(str(name), _arrow(name, rows))  # several times faster than create_table
        return connection.table(str(name))

    def make(
        tables: Mapping[Table, list[Row]],
        *,
        channels: tuple[str, ...] = (),
        categories: tuple[str, ...] = (),
        **spec: Any,
    ) -> Bank:
        content = {"tables": {name: {"path": "-"} for name in tables}, **spec}
        return Bank(
            spec=BankSpec.model_validate(
                {"folder": Path("-"), "name": "test", "snapshots": {"dates": (date(2024, 1, 1),)}, **content}
            ),
            connection=connection,
            tables={name: table_of(name, tables.get(name, [])) for name in Table},
            present=frozenset(tables),
            channels=channels,
            categories=categories,
        )

    yield make
    connection.disconnect()


def _arrow(name: Table, rows: list[Row]) -> pa.Table:
    canonical = ibis.schema(types_of(COLUMNS[name], "int64")).to_pyarrow()
    further = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in canonical.names]
    inferred = pa.table({key: [row.get(key) for row in rows] for key in further}).schema
    return pa.Table.from_pylist(rows, pa.schema([*canonical, *inferred]))


@pytest.fixture
def features_of() -> FeaturesOf:
    """What a view says of each customer, by customer_id; checks that nobody comes twice."""

    def compute(view: View, bank: Bank, snapshot: date) -> dict[int, Row]:
        rows = view.compute(before(bank, snapshot), snapshot).to_pyarrow().to_pylist()
        by_customer = {row.pop(CUSTOMER_ID): row for row in rows}
        assert len(by_customer) == len(rows)
        return by_customer

    return compute


@pytest.fixture
def same() -> Callable[[Row, Row], None]:
    """Assert that features equal the expected ones by name: nulls exactly, numbers to 1e-9 or as rounded."""

    def check(found: Row, expected: Row) -> None:
        assert {name for name in found if found[name] is None} == {
            name for name in expected if expected[name] is None
        }
        known = {name: value for name, value in expected.items() if value is not None}
        numbers = {name: value for name, value in found.items() if value is not None}
        assert numbers == pytest.approx(known, rel=1e-9, abs=6e-5)

    return check
