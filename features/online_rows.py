"""Customers as rows of Feast's SQLite online store, in the very bytes that Feast would write.

Feast builds a message a customer out of Python objects, value by value. A row of numbers is the memory of a
matrix' row behind a few bytes that are the same for all rows, so those are asked of Feast once a block.
"""

import sqlite3
import struct
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from features.arrays import Floats, pack
from features.definitions import KEY_VERSION, NUMBERS, TEXTS
from features.feast_unchecked import (
    DoubleList,
    StringList,
    Value,
    ValueNumbers,
    serialize_entity_key_prefix,
)
from features.layout import Layout
from features.vocabulary import CUSTOMER_ID

Row = tuple[bytes, str, bytes, datetime]
"""Key, name of the array, its value, the moment it is of."""

COLUMNS = ("entity_key", "feature_name", "value", "event_ts")


def insert(connection: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    """Add rows to Feast's table, in one transaction."""
    places = ", ".join("?" * len(COLUMNS))
    with connection:
        connection.executemany(
            f'INSERT INTO "{table}" ({", ".join(COLUMNS)}) VALUES ({places})',  # noqa: S608 - our own names
            rows,
        )


def online_rows(customers: pa.Table, layout: Layout, moment: datetime) -> Iterator[Row]:
    """Two rows a customer of `customers` (customer_id and every feature), in its order."""
    numbers, texts = pack(customers, layout)
    # Feast writes the moment by an adapter of its own, from one without a zone.
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    for key, row, words in zip(keys(customers[CUSTOMER_ID]), _encoded(numbers), texts, strict=True):
        yield key, NUMBERS, row, naive
        yield key, TEXTS, Value(string_list_val=StringList(val=words)).SerializeToString(), naive


def keys(customers: pa.ChunkedArray) -> Iterator[bytes]:
    """Feast's keys of customers, named by whole numbers or by texts."""
    start = serialize_entity_key_prefix([CUSTOMER_ID], KEY_VERSION)
    if pa.types.is_integer(customers.type):
        start += struct.pack("<II", ValueNumbers.INT64, 8)
        return (start + struct.pack("<q", customer) for customer in customers.to_pylist())
    start += struct.pack("<I", ValueNumbers.STRING)
    texts = (customer.encode() for customer in customers.to_pylist())
    return (start + struct.pack("<I", len(text)) + text for text in texts)


def _encoded(numbers: Floats) -> Iterator[bytes]:
    """Each row of numbers (rows, numbers) as Feast's value."""
    rows, width = numbers.shape
    whole = Value(double_list_val=DoubleList(val=[0.0] * width)).SerializeToString()
    start = whole[: len(whole) - width * numbers.itemsize]
    flat = np.ascontiguousarray(numbers, dtype="<f8")
    return (start + flat[place].tobytes() for place in range(rows))
