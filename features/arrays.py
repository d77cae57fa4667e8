"""Features as arrays: a customer's row as it travels online, and back into typed columns.

Numbers travel as one float64 array with NaN for null, texts as one array of strings with "" for null.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.errors import BadInputError
from features.layout import Kind, Layout, partition
from features.vocabulary import CUSTOMER_ID

Floats = NDArray[np.float64]

ARROW_TYPES: dict[Kind, pa.DataType] = {"number": pa.float64(), "text": pa.string()}


def as_ids(ids: Any, type_name: str) -> pa.ChunkedArray:
    """Customer ids (a sequence, or an Arrow column) in the bank's type, "int64" or "string".

    Raises BadInputError for ids that do not fit the type, and for nulls.
    """
    wanted = pa.type_for_alias(type_name)
    try:
        column = ids if isinstance(ids, pa.ChunkedArray) else pa.chunked_array([pa.array(ids)])
        column = column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise BadInputError(f"{CUSTOMER_ID}: expected {wanted}: {error}") from error
    if column.null_count:
        raise BadInputError(f"{CUSTOMER_ID}: expected {wanted}, found {column.null_count} nulls")
    return column


def names_of(layout: Layout, kind: Kind) -> list[str]:
    """The features of one kind, in the order of their array."""
    return [name for name, found in layout.features() if found == kind]


def count_customers(state: Path, layout: Layout, snapshot: date) -> int:
    """How many customers a snapshot's partitions hold."""
    return int(pq.read_metadata(partition(state, layout.views[0].name, snapshot)).num_rows)


def side_by_side(state: Path, layout: Layout, snapshot: date, rows: int) -> Iterator[pa.Table]:
    """Every view's features at a snapshot in one table, at most `rows` customers at a time, by customer_id.

    Raises ValueError when two views do not hold the same customers.
    """
    batches = [
        pq.ParquetFile(partition(state, view.name, snapshot)).iter_batches(
            batch_size=rows, columns=[CUSTOMER_ID, *(feature.name for feature in view.features)]
        )
        for view in layout.views
    ]
    for parts in zip(*batches, strict=True):
        ids = parts[0][CUSTOMER_ID]
        if not all(part[CUSTOMER_ID].equals(ids) for part in parts):
            raise ValueError(f"the views' partitions at {snapshot} do not hold the same customers")
        columns = {name: part[name] for part in parts for name in part.schema.names}
        yield pa.table(columns)


def pack(table: pa.Table, layout: Layout) -> tuple[Floats, list[list[str]]]:
    """The features of `table`: numbers of shape (rows, numbers), and one list of texts per row."""
    names = names_of(layout, "number")
    numbers = np.empty((table.num_rows, len(names)), dtype=np.float64)
    for place, name in enumerate(names):
        numbers[:, place] = table[name].to_numpy()
    columns = [table[name].fill_null("").to_pylist() for name in names_of(layout, "text")]
    texts = [list(row) for row in zip(*columns, strict=True)] if columns else [[]] * table.num_rows
    return numbers, texts


def unpack(
    numbers: Sequence[Sequence[float] | None], texts: Sequence[Sequence[str] | None], layout: Layout
) -> dict[str, pa.Array]:
    """Every feature as a column, from arrays of each row; a row that is None, nobody's, has nulls only."""
    # One conversion for all columns of a kind, which are slices of it: each would cost as much for one row.
    names = names_of(layout, "number")
    matrix = np.array([[np.nan] * len(names) if row is None else row for row in numbers], dtype=np.float64)
    columns = _slices(pa.array(matrix.T.reshape(-1), from_pandas=True), names, len(numbers))
    names = names_of(layout, "text")
    rows = [[""] * len(names) if row is None else row for row in texts]
    flat = pa.array([row[place] for place in range(len(names)) for row in rows], pa.string())
    given = pc.if_else(pc.equal(flat, ""), pa.scalar(None, pa.string()), flat)
    return columns | _slices(given, names, len(texts))


def moments(numbers: Sequence[Sequence[float] | None], seconds: Sequence[int]) -> pa.Array:
    """Event times, timestamp[us, UTC], from seconds since 1970; null for a row that is nobody's."""
    known = [None if row is None else moment for row, moment in zip(numbers, seconds, strict=True)]
    return pa.array(known, pa.timestamp("s", "UTC")).cast(pa.timestamp("us", "UTC"))


def _slices(flat: pa.Array, names: list[str], rows: int) -> dict[str, pa.Array]:
    return {name: flat.slice(place * rows, rows) for place, name in enumerate(names)}
