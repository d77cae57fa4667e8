"""Rows of a table as bytes, the same wherever and however the table was written, and their digests."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

NULL: Final = b"\x00"


def row_bytes(table: pa.Table) -> list[bytes]:
    """Each row as bytes: first its numbers as little-endian float64, then texts with their lengths.

    Null and NaN are the same. Whole numbers must lie within 2**53, so that float64 holds them exactly.
    """
    numeric = [name for name in table.column_names if _is_number(table.schema.field(name).type)]
    others = [name for name in table.column_names if name not in numeric]
    matrix = np.empty((table.num_rows, len(numeric)), "<f8")
    for place, name in enumerate(numeric):
        matrix[:, place] = _floats(table[name])
    matrix[np.isnan(matrix)] = np.nan  # one NaN of the many there are
    parts: list[Sequence[bytes]] = [_texts(table[name]) for name in others]
    numbers = [row.tobytes() for row in matrix]
    return [b"".join(row) for row in zip(numbers, *parts, strict=True)]


def digests_of(*parts: Sequence[bytes]) -> list[bytes]:
    """SHA-256 of each row's parts, put one after another."""
    return [hashlib.sha256(b"".join(row)).digest() for row in zip(*parts, strict=True)]


def fingerprints(arrays: Sequence[NDArray[Any]]) -> list[bytes]:
    """16 bytes for each place of the last axis that all arrays share: BLAKE2b of all that lies there."""
    count = arrays[0].shape[-1]
    if not count:
        return []
    flat = [np.ascontiguousarray(one.reshape(-1, count).T) for one in arrays]
    lines = [one.view(np.uint8).reshape(count, -1) for one in flat]
    joined = np.concatenate(lines, axis=1)
    return [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in joined]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False))


def _texts(column: pa.ChunkedArray) -> list[bytes]:
    values = column.cast(pa.binary()).to_pylist()
    return [NULL if one is None else b"\x01" + len(one).to_bytes(8, "little") + one for one in values]
