"""From a month's arrays to Parquet files in the design's columns; the bank appears whole or not at all."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.synth.population import NO_DAY
from features.errors import BadInputError

ROW_GROUP = 250_000
MARK = "# A synthetic bank"
"""The beginning of its bank.toml, by which an earlier one is known."""


@contextmanager
def staged(out: Path, replace: bool = False) -> Iterator[Path]:
    """A folder beside `out` that takes its name once everything is written, and vanishes on failure.

    Raises BadInputError if `out` exists already, and is neither empty nor, with `replace`, a synthetic bank.
    """
    used = out.exists() and (not out.is_dir() or any(out.iterdir()))
    if used and not (replace and is_synthetic(out)):
        kinds = "an empty one, or an earlier synthetic bank" if replace else "or an empty one"
        raise BadInputError(f"{out}: already there; give a folder that does not exist yet, {kinds}")
    staging, old = (out.with_name(f".{out.name}.{os.getpid()}.{end}") for end in ("partial", "old"))
    staging.mkdir(parents=True)
    try:
        yield staging
        if used:
            out.replace(old)
        staging.replace(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def is_synthetic(folder: Path) -> bool:
    """Whether a folder holds a bank that was written here, whatever was computed beside it since."""
    bank_file = folder / "bank.toml"
    return bank_file.is_file() and bank_file.read_text(encoding="utf-8", errors="replace").startswith(MARK)


def write(path: Path, columns: dict[str, pa.Array]) -> None:
    """One Parquet file; the same columns give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Only text repeats enough for a dictionary to pay; on the others looking for one takes half the time.
    text = [name for name, values in columns.items() if pa.types.is_dictionary(values.type)]
    pq.write_table(
        pa.table(columns),
        path,
        compression="zstd",
        compression_level=1,
        use_dictionary=text,
        row_group_size=ROW_GROUP,
        store_schema=False,
    )


def days(values: NDArray[np.int64]) -> pa.Array:
    """Day numbers as dates, null for NO_DAY."""
    return pa.array(values.astype(np.int32), mask=values == NO_DAY).cast(pa.date32())


def moments(seconds: NDArray[np.int64], absent: NDArray[np.bool_] | None = None) -> pa.Array:
    """Seconds since 1970 as timestamps in microseconds, null where absent."""
    return pa.array(seconds * 1_000_000, mask=absent).cast(pa.timestamp("us"))


def words(codes: NDArray[np.integer], vocabulary: Sequence[str], null: bool = False) -> pa.Array:
    """Positions in a vocabulary as text; negative ones are null if `null`."""
    mask = codes < 0 if null else None
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int8), mask=mask), pa.array(list(vocabulary))
    )


def numbers(values: NDArray[np.float64], kind: pa.DataType | None = None) -> pa.Array:
    """Numbers, null for NaN."""
    return pa.array(values, type=kind or pa.float64(), mask=np.isnan(values))


def ids(positions: NDArray[np.int64]) -> pa.Array:
    """customer_id: positions counted from 1."""
    return pa.array(positions + 1, type=pa.int64())
