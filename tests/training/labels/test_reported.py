"""A balance holds until its rows stop while those of others go on."""

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest

from training.labels.reported import reported_before

MONTHS = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)]
DAY = date(2024, 5, 5)
SCHEMA = pa.schema(
    {"customer_id": pa.int64(), "product": pa.string(), "as_of": pa.date32(), "balance": pa.float64()}
)


def rows(customer: int, days: list[date], product: str | None = "card") -> list[dict[str, Any]]:
    return [
        {"customer_id": customer, "product": product, "as_of": day, "balance": float(place)}
        for place, day in enumerate(days)
    ]


def held(balances: list[dict[str, Any]], unreported_days: int = 27) -> dict[tuple[int, str | None], float]:
    connection = ibis.duckdb.connect()
    table = connection.create_table("balances", pa.Table.from_pylist(balances, SCHEMA))
    found = reported_before(DAY, table, unreported_days).to_pyarrow().to_pylist()
    connection.disconnect()
    return {(row["customer_id"], row["product"]): row["balance"] for row in found}


@pytest.mark.parametrize("product", ["card", None])
def test_rows_that_stop_while_others_go_on_hold_no_longer(product: str | None) -> None:
    balances = rows(1, MONTHS, product) + rows(2, MONTHS[:3], product) + rows(3, MONTHS[:1], product)
    assert held(balances) == {(1, product): 3.0}


def test_how_long_they_may_be_behind_is_the_banks_to_say() -> None:
    balances = rows(1, MONTHS) + rows(2, MONTHS[:3])  # 30 days behind
    assert (2, "card") in held(balances, 30)
    assert (2, "card") not in held(balances, 29)


def test_rows_that_come_again_have_not_stopped() -> None:
    assert held(rows(1, MONTHS) + rows(2, [MONTHS[0], DAY])) == {(1, "card"): 3.0, (2, "card"): 0.0}


def test_rows_from_the_day_on_only_are_no_balance_yet() -> None:
    assert held(rows(1, MONTHS) + rows(2, [DAY])) == {(1, "card"): 3.0}


def test_each_product_is_compared_with_its_own_rows() -> None:
    quarterly = rows(1, [date(2023, 12, 31), date(2024, 3, 31)], "loan") + rows(
        2, [date(2023, 12, 31)], "loan"
    )
    assert held(rows(1, MONTHS) + quarterly) == {(1, "card"): 3.0, (1, "loan"): 1.0}


def test_where_nobody_is_reported_any_more_all_keep_their_last() -> None:
    assert held(rows(1, MONTHS[:2]) + rows(2, MONTHS[:2])) == {(1, "card"): 1.0, (2, "card"): 1.0}
