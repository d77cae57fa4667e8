"""Reading the columns of customers: numbers with NaN, or Arrow arrays with null, for what is unknown."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.offered import HELD_PREFIX

Numbers = NDArray[np.float64]

DAYS_SINCE_CONTACT: Final = "contacts_days_since_last_offer"
ANY_CHANNEL: Final = "any"


def held(product: str) -> str:
    """The feature that says whether a product is held: 1, 0 or null."""
    return f"{HELD_PREFIX}{product}"


def consent(purpose: str, channel: str) -> str:
    """The feature that holds the newest statement on a purpose and channel (or "any"): 1, 0 or null."""
    return f"consents_{purpose}_{channel}"


def contacts_within(days: int) -> str:
    """The feature that counts the contacts of the last `days` days."""
    return f"contacts_offers_{days}d"


class Customers:
    """A table of customers, each column converted once; a column that is absent is unknown throughout."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._numbers: dict[str, Numbers] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def number(self, name: str) -> Numbers:
        """A column as float64 of shape (customers,), NaN where unknown; not to be written to."""
        if name not in self._numbers:
            self._numbers[name] = self._number(name)
        return self._numbers[name]

    def numbers(self, names: Iterable[str]) -> Numbers:
        """Columns as float64 of shape (columns, customers), NaN where unknown."""
        rows = [self.number(name) for name in names]
        return np.array(rows).reshape(len(rows), len(self))

    def code(self, name: str, known: tuple[str, ...]) -> NDArray[np.int64]:
        """A text column as places in `known`, shape (customers,); -1 for anything else."""
        column = self._column(name)
        if column is None:
            return np.full(len(self), -1)
        found = pc.index_in(column, value_set=pa.array(known, column.type))
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)

    def text(self, name: str) -> pa.Array:
        """A text column as it is, null where unknown."""
        return self._value(name, "text")

    def values(self, names: Iterable[str], types: Mapping[str, str]) -> dict[str, Any]:
        """Columns for conditions, as their types ("number", "text", "boolean") say; NaN is null."""
        return {name: self._value(name, types[name]) for name in names}

    def _value(self, name: str, kind: str) -> Any:
        if kind == "number":
            return pa.array(self.number(name), from_pandas=True)
        target = pa.string() if kind == "text" else pa.bool_()
        column = self._column(name)
        if column is None:
            return pa.nulls(len(self), target)
        return column if column.type == target else column.cast(target)

    def _number(self, name: str) -> Numbers:
        column = self._column(name)
        if column is None:
            return np.full(len(self), np.nan)
        if not pa.types.is_float64(column.type):
            column = column.cast(pa.float64())
        return np.asarray(column.to_numpy(zero_copy_only=False))

    def _column(self, name: str) -> Any:
        place = self.table.schema.get_field_index(name)
        if place < 0:
            return None
        column = self.table.column(place)
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
