"""Columns of customers: what is null, NaN or absent is unknown."""

import numpy as np
import pyarrow as pa

from serving.decision.customers import Customers

TABLE = pa.table(
    {
        "number": pa.array([1.5, None, float("nan")]),
        "whole": pa.array([1, None, 3]),
        "flag": pa.array([True, None, False]),
        "kind": pa.array(["b", None, "c"]),
    }
)


def test_numbers() -> None:
    customers = Customers(TABLE)
    np.testing.assert_array_equal(customers.number("number"), [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(customers.number("whole"), [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(customers.number("absent"), [np.nan] * 3)
    assert customers.numbers([]).shape == (0, 3)


def test_codes() -> None:
    customers = Customers(TABLE)
    assert customers.code("kind", ("a", "b")).tolist() == [1, -1, -1]
    assert customers.code("absent", ("a",)).tolist() == [-1] * 3


def test_values_for_conditions() -> None:
    types = {"number": "number", "flag": "boolean", "kind": "text", "gone": "text"}
    values = Customers(TABLE).values(types, types)
    assert values["number"].to_pylist() == [1.5, None, None]
    assert values["flag"].to_pylist() == [True, None, False]
    assert values["kind"].to_pylist() == ["b", None, "c"]
    assert values["gone"].to_pylist() == [None] * 3


def test_a_table_in_pieces_is_one_column() -> None:
    pieces = pa.concat_tables([TABLE, TABLE])
    assert Customers(pieces).code("kind", ("b",)).tolist() == [0, -1, -1, 0, -1, -1]
