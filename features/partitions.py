"""Partitions: one view's features at one snapshot as Parquet, computed and written out of core by DuckDB."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import BadInputError
from features.layout import Feature, Layout, ViewLayout, features_folder, partition
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, EVENT_TIMESTAMP

FINGERPRINT: Final = "nextbest_fingerprint"
PARTIAL: Final = ".partial"


def is_current(path: Path, view: ViewLayout, fingerprint: str) -> bool:
    """Whether a partition is there, whole, of these features and computed from these inputs."""
    try:
        found = pq.read_schema(path)
    except (FileNotFoundError, pa.ArrowInvalid):
        return False
    signed = (found.metadata or {}).get(FINGERPRINT.encode()) == fingerprint.encode()
    return signed and found.names == [CUSTOMER_ID, EVENT_TIMESTAMP, *_names(view)]


@dataclass(frozen=True)
class Query:
    """A view's features in SQL, with the names of the columns that it answers with."""

    columns: tuple[str, ...]
    sql: str


def require_whole(spec: BankSpec, layout: Layout, snapshots: Iterable[date]) -> None:
    """Refuse snapshots of which a partition has been removed or cut short since they were built.

    Raises BadInputError naming the first.
    """
    for day in snapshots:
        for view in layout.views:
            path = partition(spec.state, view.name, day)
            try:
                pq.read_metadata(path)
            except (FileNotFoundError, pa.ArrowInvalid) as error:
                told = f"missing or cut short; `nextbest features {spec.folder}` builds it anew"
                raise BadInputError(f"{path}: {told}") from error


def write_partition(
    path: Path, view: ViewLayout, snapshot: date, features: Query, customers: ir.Table, *, fingerprint: str
) -> None:
    """Write a row for each of `customers` (customer_id), sorted by it, with its `features` or nulls.

    Numbers that are not finite and empty texts become null, since online they could not be told apart.
    Written aside, then renamed.

    Raises ValueError when `features` has other columns than `view`, or more than one row of a customer.
    """
    if list(features.columns) != [CUSTOMER_ID, *_names(view)]:
        raise ValueError(f"view {view.name} at {snapshot}: other columns than its layout tells")
    connection = customers.get_backend()
    rows = _rows(view, snapshot, features.sql, connection.compile(customers))
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + PARTIAL)
    try:
        connection.raw_sql(_copy(rows, aside, fingerprint))
        expected, written = customers.count().to_pyarrow().as_py(), pq.read_metadata(aside).num_rows
        if written != expected:
            raise ValueError(f"view {view.name} at {snapshot}: {written} rows for {expected} customers")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def remove_others(state: Path, layout: Layout) -> None:
    """Remove other views, other snapshots, and what a killed build left behind."""
    wanted = {partition(state, view.name, day) for view in layout.views for day in layout.snapshots}
    for path in features_folder(state).glob("*/*"):
        if path not in wanted:
            path.unlink()
    for folder in features_folder(state).glob("*/"):
        if folder.name not in {view.name for view in layout.views}:
            shutil.rmtree(folder)


def _names(view: ViewLayout) -> list[str]:
    return [feature.name for feature in view.features]


def _rows(view: ViewLayout, snapshot: date, features: str, customers: str) -> str:
    """The partition's rows in SQL: wrapping every feature in Ibis would double the time to plan a view."""
    columns = ", ".join(f'{_stored(feature)} AS "{feature.name}"' for feature in view.features)
    moment = f"TIMESTAMPTZ '{snapshot} 00:00:00+00' AS {EVENT_TIMESTAMP}"
    joined = f"({customers}) LEFT JOIN ({features}) USING ({CUSTOMER_ID})"
    return f"SELECT {CUSTOMER_ID}, {moment}, {columns} FROM {joined} ORDER BY {CUSTOMER_ID}"  # noqa: S608 - our own names


def _copy(rows: str, path: Path, fingerprint: str) -> str:
    footer = f"{{{FINGERPRINT}: {quoted(fingerprint)}}}"
    return f"COPY ({rows}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {footer})"


def _stored(feature: Feature) -> str:
    if feature.kind == "text":
        return f"nullif(\"{feature.name}\", '')"
    # What Ibis calls float64, DuckDB may have made a DECIMAL of, which is many times as slow to read.
    return f'CASE WHEN isfinite("{feature.name}") THEN "{feature.name}"::DOUBLE END'


def quoted(text: str) -> str:
    """A text as SQL spells it."""
    return "'" + text.replace("'", "''") + "'"
