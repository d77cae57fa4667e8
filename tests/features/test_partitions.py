import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.backends.duckdb import Backend

from features.errors import BadInputError
from features.layout import Feature, Layout, ViewLayout, partition
from features.partitions import Query, is_current, remove_others, require_whole, write_partition
from features.spec import BankSpec, parse

DAY = date(2024, 2, 1)
NUMBER, TEXT = Feature(name="one_number", kind="number"), Feature(name="字_text", kind="text")
VIEW = ViewLayout(name="one", description="", for_models=True, features=(NUMBER, TEXT))


@pytest.fixture
def connection() -> Backend:
    return ibis.duckdb.connect()


def table(connection: Backend, name: str, columns: Mapping[str, pa.Array]) -> ir.Table:
    return connection.create_table(name, pa.table(dict(columns)), overwrite=True)


def query(features: ir.Table) -> Query:
    return Query(tuple(features.columns), features.get_backend().compile(features))


def write(connection: Backend, path: Path, ids: list[int], numbers: list[float], texts: list[str]) -> None:
    columns = {"customer_id": ids, "one_number": pa.array(numbers, pa.float64()), "字_text": pa.array(texts)}
    customers = table(connection, "known", {"customer_id": pa.array([3, 1, 2, 5, 4])})
    features = table(connection, "found", columns)
    write_partition(path, VIEW, DAY, query(features), customers, fingerprint="it's me")


def test_every_customer_gets_a_row_in_order_and_nobody_else_does(connection: Backend, tmp_path: Path) -> None:
    path = tmp_path / "o'clock" / "2024-02-01.parquet"
    numbers = [0.1, math.inf, math.nan, -math.inf, 7.0]
    write(connection, path, [5, 3, 2, 1, 9], numbers, ["x", "", "y", "z", "nobody"])
    moment = datetime(2024, 2, 1, tzinfo=UTC)
    expected = {
        "customer_id": pa.array([1, 2, 3, 4, 5]),
        "event_timestamp": pa.array([moment] * 5, pa.timestamp("us", "UTC")),
        "one_number": pa.array([None, None, None, None, 0.1]),
        "字_text": pa.array(["z", "y", None, None, "x"]),
    }
    assert pq.read_table(path).to_pydict() == pa.table(expected).to_pydict()
    assert pq.read_schema(path).types == pa.table(expected).schema.types
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_numbers_are_doubles_whatever_they_were_computed_as(connection: Backend, tmp_path: Path) -> None:
    customers = table(connection, "known", {"customer_id": pa.array([1])})
    columns = {"one_number": pa.array([Decimal("12.3")], pa.decimal128(38, 1)), "字_text": pa.array(["a"])}
    computed = table(connection, "found", {"customer_id": pa.array([1]), **columns})
    path = tmp_path / "day.parquet"
    write_partition(path, VIEW, DAY, query(computed), customers, fingerprint="f")
    assert pq.read_table(path)["one_number"].equals(pa.chunked_array([[12.3]], pa.float64()))


def test_two_rows_of_a_customer_are_refused_and_leave_nothing(connection: Backend, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="6 rows for 5 customers"):
        write(connection, tmp_path / "view" / "day.parquet", [1, 1], [0.0, 1.0], ["a", "b"])
    assert list((tmp_path / "view").iterdir()) == []


def test_other_columns_are_refused(connection: Backend, tmp_path: Path) -> None:
    customers = table(connection, "known", {"customer_id": pa.array([1])})
    with pytest.raises(ValueError, match="view one at 2024-02-01: other columns"):
        write_partition(tmp_path / "day.parquet", VIEW, DAY, query(customers), customers, fingerprint="f")


def test_a_partition_is_current_only_whole_and_of_its_inputs(connection: Backend, tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    assert not is_current(path, VIEW, "it's me")
    write(connection, path, [1], [1.0], ["a"])
    assert is_current(path, VIEW, "it's me")
    assert not is_current(path, VIEW, "another")
    assert not is_current(path, VIEW.model_copy(update={"features": (TEXT, NUMBER)}), "it's me")
    path.write_bytes(path.read_bytes()[:-20])
    assert not is_current(path, VIEW, "it's me")


def test_only_partitions_of_the_layout_stay(tmp_path: Path) -> None:
    layout = Layout(customer_id_type="int64", views=(VIEW,), sensitive=(), snapshots=(DAY,), fingerprint="f")
    kept = partition(tmp_path, "one", DAY)
    strange = [
        partition(tmp_path, "one", date(2024, 1, 1)),
        kept.with_name(kept.name + ".partial"),
        partition(tmp_path, "gone", DAY),
    ]
    for path in [kept, *strange]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    remove_others(tmp_path, layout)
    remove_others(tmp_path, layout)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [kept]
    assert not strange[-1].parent.exists()


def test_a_partition_gone_or_cut_short_is_named_with_the_way_to_mend_it(
    connection: Backend, tmp_path: Path
) -> None:
    raw = {"name": "B", "tables": {"customers": {"path": "c"}}, "snapshots": {"dates": [DAY]}}
    spec = parse(BankSpec, {**raw, "folder": tmp_path}, tmp_path)
    layout = Layout(customer_id_type="int64", views=(VIEW,), sensitive=(), snapshots=(DAY,), fingerprint="f")
    path = partition(spec.state, "one", DAY)
    with pytest.raises(BadInputError, match=r"2024-02-01\.parquet: missing or cut short; `nextbest features"):
        require_whole(spec, layout, [DAY])
    write(connection, path, [1], [1.0], ["a"])
    require_whole(spec, layout, [DAY])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInputError, match="missing or cut short"):
        require_whole(spec, layout, [DAY])
