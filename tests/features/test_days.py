"""Days in expressions, against calendars and against themselves as dates."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from features.days import SNAPSHOT, as_day, days_earlier, midnight, months_earlier, tell
from features.errors import BadInputError

LEAP_DAY = date(2024, 2, 29)


@pytest.fixture(scope="module")
def connection() -> Iterator[Backend]:
    opened = ibis.duckdb.connect()
    yield opened
    opened.disconnect()


def value(connection: Backend, expression: ir.Value) -> Any:
    return connection.to_pyarrow(expression.cast("timestamp")).as_py()


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_months_earlier_is_what_calendars_say(connection: Backend, day: date, months: int) -> None:
    expected = pd.Timestamp(day) - pd.DateOffset(months=months)
    assert value(connection, months_earlier(day, months)) == expected


def test_days_are_counted_over_a_leap_day(connection: Backend) -> None:
    assert value(connection, days_earlier(date(2024, 3, 1), 1)) == datetime.combine(LEAP_DAY, time())
    assert value(connection, midnight(LEAP_DAY)) == datetime.combine(LEAP_DAY, time())


@pytest.mark.parametrize("day", [LEAP_DAY, date(2023, 12, 31)])
def test_the_snapshot_is_the_day_last_told(connection: Backend, day: date) -> None:
    tell(connection, date(1999, 1, 1))
    tell(connection, day)
    for named, given_ in ((SNAPSHOT, day), (days_earlier(SNAPSHOT, 90), day - timedelta(days=90))):
        assert value(connection, named) == datetime.combine(given_, time())
    assert value(connection, months_earlier(SNAPSHOT, 3)) == value(connection, months_earlier(day, 3))


def test_files_are_skipped_as_for_a_date(connection: Backend) -> None:
    """DuckDB plans with the date itself: it filters as it reads."""
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(100)]
    table = connection.create_table("rows", pa.table({"at": pa.array(days)}), overwrite=True)
    tell(connection, date(2024, 3, 1))
    query = connection.compile(table.filter(table["at"] < SNAPSHOT))
    plan = connection.raw_sql(f"EXPLAIN {query}").fetchall()[0][1]
    assert "at < '2024-03-01'::DATE" in plan


@pytest.mark.parametrize(
    "given", [LEAP_DAY, "2024-02-29", datetime(2024, 2, 29, 7, tzinfo=UTC), pd.Timestamp(LEAP_DAY)]
)
def test_a_day_is_a_date_however_it_is_given(given: Any) -> None:
    assert as_day(given) == LEAP_DAY


@pytest.mark.parametrize("given", ["2023-02-29", "yesterday", 20240229])
def test_what_is_no_day_is_refused(given: Any) -> None:
    with pytest.raises(BadInputError, match="is not a date; expected YYYY-MM-DD"):
        as_day(given)
