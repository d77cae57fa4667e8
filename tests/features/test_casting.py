"""Casts that make null of what does not fit, and never round or guess."""

from datetime import date, datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest

from features.casting import cast, given

at = datetime.fromisoformat


def through(values: pa.Array, type_name: str) -> list[tuple[Any, bool]]:
    """Each value cast, and whether it counts as given."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET TimeZone = 'UTC'")
    column = connection.create_table("t", pa.table({"x": values})).x
    rows = column.as_table().select(cast=cast(column, type_name), given=given(column, type_name))
    return [(row["cast"], row["given"]) for row in rows.to_pyarrow().to_pylist()]


@pytest.mark.parametrize(
    ("text", "type_name", "value"),
    [
        ("12", "int64", 12),
        (" -3 ", "int64", -3),
        ("1.5", "int64", None),
        ("0012", "int64", None),
        ("1e3", "float64", 1000.0),
        ("1,5", "float64", None),
        ("2024-02-29", "date", date(2024, 2, 29)),
        ("29.02.2024", "date", None),
        ("2024-02-30", "date", None),
        ("2024-02-29 23:59:59", "timestamp", at("2024-02-29 23:59:59")),
        ("2024-03-01T01:00:00+02:00", "timestamp", at("2024-02-29 23:00")),
        ("yes", "boolean", True),
        ("0", "boolean", False),
        ("1.0", "boolean", True),
        ("2", "boolean", None),
        ("maybe", "boolean", None),
        (" NA ", "string", " NA "),
    ],
)
def test_text(text: str, type_name: str, value: object) -> None:
    assert through(pa.array([text]), type_name) == [(value, True)]


@pytest.mark.parametrize("type_name", ["int64", "float64", "date", "timestamp", "boolean"])
def test_words_for_no_value_are_no_value_where_no_text_is_expected(type_name: str) -> None:
    assert through(pa.array(["", " NA ", "NaN", "null", None]), type_name) == [(None, False)] * 5


@pytest.mark.parametrize(
    ("values", "type_name", "cast_values"),
    [
        (pa.array([1.0, 1.5]), "int64", [1, None]),
        (pa.array([0, 1, 2]), "boolean", [False, True, None]),
        (pa.array([True, False]), "boolean", [True, False]),
        (pa.array([20240101]), "date", [None]),
        (pa.array([7]), "string", ["7"]),
        (pa.array([at("2024-01-01 23:00")]), "date", [date(2024, 1, 1)]),
        (pa.array([0], pa.timestamp("ns", tz="Asia/Shanghai")), "timestamp", [at("1970-01-01")]),
    ],
)
def test_other_types(values: pa.Array, type_name: str, cast_values: list[object]) -> None:
    assert [value for value, _ in through(values, type_name)] == cast_values


def test_not_a_number_is_unknown() -> None:
    assert through(pa.array([float("nan"), 1.0]), "float64") == [(None, False), (1.0, True)]
