"""All views together: one row a customer, names and types that the store and the models rely on."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from features.bank import Bank
from features.catalogue import VIEWS
from features.vocabulary import CUSTOMER_ID, Table

SNAPSHOT = date(2024, 1, 1)
PRODUCTS = {f"product_{number}": {"annual_value": 1.0} for number in range(12)}


@pytest.fixture(params=["every table", "customers only", "no customer"])
def bank(request: pytest.FixtureRequest, bank_of: Callable[..., Any]) -> Bank:
    """A bank of two customers with all tables or one, or of nobody."""
    customers = [{"customer_id": 1, "region": "N"}, {"customer_id": 2, "region": "S"}]
    tables: dict[Table, list[dict[str, Any]]] = {Table.CUSTOMERS: customers}
    if request.param == "every table":
        tables |= {table: [] for table in Table}
        tables[Table.CUSTOMERS] = customers
        tables[Table.TRANSACTIONS] = [
            {"customer_id": 1, "at": datetime.fromisoformat("2023-12-01"), "amount": 3.0}
        ]
    if request.param == "no customer":
        tables = {table: [] for table in Table}
    return bank_of(tables, channels=("app",), categories=("food",), products=PRODUCTS)


def test_views_fit_together(bank: Bank) -> None:
    customers = sorted(bank.table(Table.CUSTOMERS)[CUSTOMER_ID].to_pyarrow().to_pylist())
    names: list[str] = []
    for view in VIEWS:
        table = view.compute(bank, SNAPSHOT)
        schema = dict(table.schema().items())
        assert str(schema.pop(CUSTOMER_ID)) == "int64"
        assert {str(kind) for kind in schema.values()} <= {"float64", "string"}, view.name
        assert all(name.startswith(view.name) for name in schema), view.name
        assert sorted(table[CUSTOMER_ID].to_pyarrow().to_pylist()) == customers, view.name
        names += schema
    assert len(set(names)) == len(names)


def test_views_are_named_apart() -> None:
    names = [view.name for view in VIEWS]
    assert len(set(names)) == len(names)
    apart = {"concentration", "consents", "contact_history", "occasions"}
    assert {view.name for view in VIEWS if not view.for_models} == apart
