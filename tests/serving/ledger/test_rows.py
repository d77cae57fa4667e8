"""Rows as bytes: equal only for equal rows, whatever the chunks they came in."""

import hashlib
import struct
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from serving.ledger.rows import digests_of, fingerprints, row_bytes

ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(allow_nan=False),
        st.none() | st.text(max_size=3),
        st.none() | st.text(max_size=3),
    ),
    min_size=1,
    max_size=6,
)


def table(rows: list[Any]) -> pa.Table:
    kinds = {"number": pa.float64(), "one": pa.string(), "other": pa.string()}
    columns = zip(*rows, strict=True)
    return pa.table(
        {name: pa.array(column, kinds[name]) for name, column in zip(kinds, columns, strict=True)}
    )


@given(ROWS)
def test_rows_are_equal_as_bytes_only_where_they_are_equal(rows: list[Any]) -> None:
    found = row_bytes(table(rows))
    same = [[repr(one) == repr(other) for other in rows] for one in rows]  # -0.0 is not 0.0
    assert [[one == other for other in found] for one in found] == same


@given(ROWS)
def test_chunks_change_nothing(rows: list[Any]) -> None:
    pieces = pa.concat_tables([table(rows[:1]), table([*rows])]).slice(1)
    assert row_bytes(pieces) == row_bytes(table(rows))


def test_the_form_of_a_row() -> None:
    rows = pa.table({"text": ["é"], "flag": [True], "number": pa.array([None], pa.float64()), "whole": [7]})
    numbers = struct.pack("<3d", 1.0, float("nan"), 7.0)
    assert row_bytes(rows) == [numbers + b"\x01" + struct.pack("<q", 2) + "é".encode()]
    assert row_bytes(rows.set_column(2, "number", pa.array([np.nan]))) == row_bytes(rows)
    assert digests_of([b"a"], [b"b"]) == [hashlib.sha256(b"ab").digest()]


def test_fingerprints_see_every_array_and_no_other_row() -> None:
    one, other = np.arange(12.0).reshape(2, 2, 3), np.arange(3, dtype=np.int16)
    before = fingerprints([one, other])
    assert fingerprints([one[..., 1:], other[1:]]) == before[1:]
    changed = other.copy()
    changed[1] += 1
    after = fingerprints([one, changed])
    assert [left == right for left, right in zip(before, after, strict=True)] == [True, False, True]
