import sqlite3
import struct
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from feast import FeatureStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import DoubleList, StringList, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from features.arrays import pack
from features.definitions import NUMBERS, ONLINE_VIEW, PROJECT, TEXTS, configure, define
from features.layout import Feature, Layout, ViewLayout
from features.online_rows import COLUMNS, insert, online_rows

MOMENT = datetime(2024, 1, 2, tzinfo=UTC)
FEATURES = (
    Feature(name="a", kind="number"),
    Feature(name="word", kind="text"),
    Feature(name="b", kind="number"),
)
TABLE = f"{PROJECT}_{ONLINE_VIEW}"


def layout(id_type: str, features: tuple[Feature, ...] = FEATURES) -> Layout:
    view = ViewLayout(name="view", description="", for_models=True, features=features)
    return Layout.model_validate(
        {
            "customer_id_type": id_type,
            "views": (view,),
            "sensitive": (),
            "snapshots": (date(2024, 1, 2),),
            "fingerprint": "f",
        }
    )


def customers(ids: list[Any], rows: list[tuple[float | None, str | None, float | None]]) -> pa.Table:
    a, words, b = zip(*rows, strict=True) if rows else ((), (), ())
    numbers = {"a": pa.array(a, pa.float64()), "b": pa.array(b, pa.float64())}
    return pa.table({"customer_id": ids, **numbers, "word": pa.array(words, pa.string())})


def by_feast(folder: Path, layout: Layout, table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows as Feast's own store writes them, message by message."""
    feast = opened(folder, layout)
    numbers, texts = pack(table, layout)
    rows = []
    for customer, row, words in zip(table["customer_id"].to_pylist(), numbers.tolist(), texts, strict=True):
        value = Value(int64_val=customer) if isinstance(customer, int) else Value(string_val=customer)
        values = {
            NUMBERS: Value(double_list_val=DoubleList(val=row)),
            TEXTS: Value(string_list_val=StringList(val=words)),
        }
        rows.append((EntityKey(join_keys=["customer_id"], entity_values=[value]), values, MOMENT, None))
    view = feast.get_feature_view(ONLINE_VIEW)
    feast.provider.online_write_batch(feast.config, view, rows, None)
    return stored(folder)


def opened(folder: Path, layout: Layout) -> FeatureStore:
    """Feast on an online store that is empty."""
    folder.mkdir(parents=True)
    feast = FeatureStore(config=configure(folder, folder / "registry.db", folder / "online.db"))
    feast.apply(define(layout))
    return feast


def stored(folder: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / "online.db")
    found = connection.execute(f"SELECT * FROM {TABLE} ORDER BY entity_key, feature_name").fetchall()
    connection.close()
    return found


ROWS: list[tuple[float | None, str | None, float | None]] = [
    (0.1, "é中", -0.0),
    (None, None, 1e308),
    (float("inf"), "", 5e-324),
]


@pytest.mark.parametrize("ids", [[5, -(2**63), 2**63 - 1], ["5", "", "客户 " * 100]])
def test_every_byte_is_what_feast_itself_writes(tmp_path: Path, ids: list[Any]) -> None:
    named = layout("int64" if isinstance(ids[0], int) else "string")
    expected = by_feast(tmp_path / "feast", named, customers(ids, ROWS))
    opened(tmp_path / "ours", named)
    connection = sqlite3.connect(tmp_path / "ours" / "online.db")
    insert(connection, TABLE, online_rows(customers(ids, ROWS), named, MOMENT))
    connection.close()
    assert stored(tmp_path / "ours") == expected
    assert len(expected) == 2 * len(ids)


def test_feast_answers_with_what_was_put_in(tmp_path: Path) -> None:
    feast = opened(tmp_path / "ours", layout("int64"))
    connection = sqlite3.connect(tmp_path / "ours" / "online.db")
    insert(connection, TABLE, online_rows(customers([5, 6, 7], ROWS), layout("int64"), MOMENT))
    connection.close()
    asked = [f"{ONLINE_VIEW}:{NUMBERS}", f"{ONLINE_VIEW}:{TEXTS}"]
    answer = feast.get_online_features(features=asked, entity_rows={"customer_id": [7, 5, 8, 6]}).to_dict(
        include_event_timestamps=True
    )
    assert str(answer[NUMBERS]) == "[[inf, 5e-324], [0.1, -0.0], None, [nan, 1e+308]]"
    assert answer[TEXTS] == [[""], ["é中"], None, [""]]
    assert answer[f"{NUMBERS}__ts"][:2] == [int(MOMENT.timestamp())] * 2


numbers = st.none() | st.floats(allow_nan=False)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.lists(numbers, min_size=40, max_size=40))))
def test_values_parse_as_feasts_messages_to_the_last_bit(rows: list[tuple[int, list[float | None]]]) -> None:
    wide = layout("int64", tuple(Feature(name=f"n{place}", kind="number") for place in range(40)))
    columns = {f"n{place}": pa.array([row[place] for _, row in rows], pa.float64()) for place in range(40)}
    table = pa.table({"customer_id": pa.array([one for one, _ in rows], pa.int64()), **columns})
    written = [row for row in online_rows(table, wide, MOMENT) if row[1] == NUMBERS]
    found = [Value.FromString(value).double_list_val.val for _, _, value, _ in written]
    expected = [[float("nan") if one is None else one for one in row] for _, row in rows]
    assert [struct.pack("<40d", *row) for row in found] == [struct.pack("<40d", *row) for row in expected]


def test_a_bank_without_numbers_has_empty_ones() -> None:
    table = pa.table({"customer_id": [1], "word": ["x"]})
    rows = list(online_rows(table, layout("int64", FEATURES[1:2]), MOMENT))
    assert [row[1] for row in rows] == [NUMBERS, TEXTS]
    assert list(Value.FromString(rows[0][2]).double_list_val.val) == []
    assert len(rows[0]) == len(COLUMNS)
