"""A small bank, labelled as of 1 June with the window [11 June, 11 July)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID

Row = dict[str, Any]

JUNE = date(2024, 6, 1)
CUSTOMERS = [{CUSTOMER_ID: number} for number in range(1, 10)]


@pytest.fixture
def bank_of(make_bank: Callable[..., Bank]) -> Callable[..., Bank]:
    """A bank of these `tables` beside nine customers, with two products, and further sections as given."""

    def bank(tables: Mapping[str, list[Row]], snapshots: list[date] | None = None, **given: Any) -> Bank:
        spec: dict[str, Any] = {
            "snapshots": {"dates": snapshots or [JUNE]},
            "window": {"gap_days": 10, "horizon_days": 30},
            "products": {"card": {}, "loan": {}},
        }
        return make_bank({"customers": CUSTOMERS, **tables}, **{**spec, **given})

    return bank


@pytest.fixture
def held() -> Callable[..., Row]:
    """A row of holdings."""

    def row(
        customer: int, opened: date | None, closed: date | None = None, product: str = "card", **more: Any
    ) -> Row:
        return {CUSTOMER_ID: customer, "product": product, "opened_on": opened, "closed_on": closed, **more}

    return row


@pytest.fixture
def end_of_data(held: Callable[..., Row]) -> Row:
    """A closing so late that every window lies within the data."""
    return held(9, date(2020, 1, 1), date(2024, 12, 31), "loan")


@pytest.fixture
def by_customer() -> Callable[..., dict[int, float | None]]:
    """A column of labels by customer."""

    def labels(table: pa.Table, column: str = "label") -> dict[int, float | None]:
        return dict(zip(table[CUSTOMER_ID].to_pylist(), table[column].to_pylist(), strict=True))

    return labels
