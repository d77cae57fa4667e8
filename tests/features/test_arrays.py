from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.arrays import as_ids, count_customers, moments, pack, side_by_side, unpack
from features.errors import BadInputError
from features.layout import Feature, Layout, ViewLayout, partition

DAY = date(2024, 2, 1)
A = (Feature(name="a1", kind="number"), Feature(name="a2", kind="text"))
B = (Feature(name="b1", kind="text"), Feature(name="b2", kind="number"))
LAYOUT = Layout(
    customer_id_type="int64",
    views=(
        ViewLayout(name="a", description="", for_models=True, features=A),
        ViewLayout(name="b", description="", for_models=True, features=B),
    ),
    sensitive=(),
    snapshots=(DAY,),
    fingerprint="f",
)

numbers = st.none() | st.floats(allow_nan=False)
texts = st.none() | st.text(min_size=1)


@given(st.lists(st.tuples(numbers, texts, texts, numbers)))
def test_what_is_packed_is_unpacked_to_the_last_bit(rows: list[tuple[float | None, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * 4
    names = {"a1": pa.float64(), "a2": pa.string(), "b1": pa.string(), "b2": pa.float64()}
    table = pa.table(
        {name: pa.array(column, kind) for (name, kind), column in zip(names.items(), columns, strict=True)}
    )
    floats, words = pack(table, LAYOUT)
    assert floats.shape == (len(rows), 2)
    assert all(len(row) == 2 for row in words)
    assert pa.table(unpack(floats.tolist(), words, LAYOUT)).select(table.column_names).equals(table)


def test_nobody_has_nulls_only() -> None:
    columns = unpack([None, [1.0, float("nan")]], [None, ["", "x"]], LAYOUT)
    found = {name: column.to_pylist() for name, column in columns.items()}
    assert found == {"a1": [None, 1.0], "b2": [None, None], "a2": [None, None], "b1": [None, "x"]}


def test_event_times_are_of_those_who_are_known() -> None:
    first = datetime(1970, 1, 1, tzinfo=UTC)
    assert moments([[1.0], None], [0, 0]).to_pylist() == [first, None]


def write(state: Path, view: str, ids: list[int]) -> None:
    names = {"a": ("a1", "a2"), "b": ("b2", "b1")}[view]
    columns = {names[0]: np.array(ids) / 2, names[1]: [f"{view}{one}" for one in ids]}
    path = partition(state, view, DAY)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"customer_id": ids, "event_timestamp": ids, **columns}), path, row_group_size=3)


def test_views_are_read_side_by_side(tmp_path: Path) -> None:
    ids = list(range(10))
    write(tmp_path, "a", ids)
    write(tmp_path, "b", ids)
    assert count_customers(tmp_path, LAYOUT, DAY) == 10
    batches = list(side_by_side(tmp_path, LAYOUT, DAY, rows=4))
    assert max(batch.num_rows for batch in batches) == 4
    found = pa.concat_tables(batches)
    assert found.column_names == ["customer_id", "a1", "a2", "b1", "b2"]
    assert found["customer_id"].to_pylist() == ids
    assert found["b1"].to_pylist() == [f"b{one}" for one in ids]
    assert found["a1"].equals(found["b2"])


@pytest.mark.parametrize("others", [[0, 1, 2, 4], [0, 1, 2], [0, 1, 2, 3, 4]])
def test_views_of_other_customers_are_refused(tmp_path: Path, others: list[int]) -> None:
    write(tmp_path, "a", [0, 1, 2, 3])
    write(tmp_path, "b", others)
    with pytest.raises(ValueError):
        list(side_by_side(tmp_path, LAYOUT, DAY, rows=4))


def test_ids_take_the_type_of_the_bank() -> None:
    assert as_ids([2, 1], "int64").equals(pa.chunked_array([pa.array([2, 1])]))
    assert as_ids(pa.chunked_array([pa.array(["b"], pa.large_string())]), "string").type == pa.string()
    assert as_ids(["12"], "int64").to_pylist() == [12]
    assert len(as_ids([], "string")) == 0


@pytest.mark.parametrize(
    ("ids", "kind"), [(["x"], "int64"), ([1.5], "int64"), ([1, None], "int64"), ([[1]], "string")]
)
def test_ids_of_another_type_are_refused(ids: list[object], kind: str) -> None:
    with pytest.raises(BadInputError, match=f"customer_id: expected {kind}"):
        as_ids(ids, kind)
