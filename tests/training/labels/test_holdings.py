"""A holding is open from the day after it was opened, at 00:00, to the day it is closed."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.vocabulary import CUSTOMER_ID
from training.labels.holdings import open_at, open_now, opened

JUNE = date(2024, 6, 1)
DAY = pa.date32()
HOLDINGS = ibis.memtable(
    pa.table(
        {
            CUSTOMER_ID: [1, 2, 3, 4, 5],
            "opened_on": pa.array([None, date(2024, 5, 31), JUNE, date(2024, 5, 1), date(2024, 5, 1)], DAY),
            "closed_on": pa.array([None, None, None, JUNE, date(2024, 5, 31)], DAY),
        }
    )
)


def customers(holdings: ir.Table) -> list[int]:
    return sorted(holdings.to_pyarrow()[CUSTOMER_ID].to_pylist())


def test_open_now_is_what_has_no_closing() -> None:
    assert customers(open_now(HOLDINGS)) == [1, 2, 3]


def test_open_at_a_day_is_what_was_opened_before_and_is_not_closed_before() -> None:
    assert customers(open_at(HOLDINGS, JUNE)) == [1, 2, 4]


def test_opened_counts_the_first_day_and_not_the_end() -> None:
    assert customers(opened(HOLDINGS, date(2024, 5, 31), JUNE)) == [2]
