"""Verifying one campaign's file: its bytes, and each row against what was decided."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from serving.ledger.batch import PERSONAL_DIGEST, PSEUDONYM, PUBLIC_COLUMNS, Root, open_stored, row_digests
from serving.ledger.chain import sha256
from serving.ledger.files import BatchFile
from serving.ledger.findings import Finding
from serving.ledger.opening import Ledger
from serving.ledger.rows import digests_of, row_bytes

NAMED: Final = 5


def check_batch(ledger: Ledger, file: BatchFile) -> Iterator[Finding]:
    """Everything wrong with a campaign's file: another byte anywhere, or rows that are not those decided.

    A row that was erased has to be empty; its public part is checked all the same.
    """
    where = f"campaign {file.batch_id}"
    path = ledger.folder / file.name
    if not path.is_file():
        yield Finding(where, f"its file {file.name} was removed")
        return
    content = path.read_bytes()
    if sha256(content) != file.sha256:
        yield Finding(where, f"a byte of {file.name} differs from what was written")
        return  # a Parquet file with a wrong byte may not be readable at all
    table = open_stored(content, ledger.keys).read()
    yield from (Finding(where, what) for what in _faults(file, table))


def read_batch(ledger: Ledger, file: BatchFile, columns: list[str] | None = None) -> pa.Table:
    """A campaign's rows as they are stored."""
    return _parquet(ledger, file).read(columns)


def _parquet(ledger: Ledger, file: BatchFile) -> pq.ParquetFile:
    return open_stored((ledger.folder / file.name).read_bytes(), ledger.keys)


def _faults(file: BatchFile, table: pa.Table) -> Iterator[str]:
    if table.num_rows != file.public["rows"]:
        yield f"{table.num_rows} rows where {file.public['rows']} were decided"
        return
    missing = {*PUBLIC_COLUMNS, PERSONAL_DIGEST, PSEUDONYM} - set(table.column_names)
    if missing:
        yield f"columns are missing: {', '.join(sorted(missing))}"
        return
    erased = np.isin(np.arange(table.num_rows), list(file.erased))
    # The digest is the last column; what is neither public nor it is personal.
    personal = table.drop_columns([*PUBLIC_COLUMNS, PERSONAL_DIGEST])
    there = digests_of(row_bytes(personal))
    kept = table[PERSONAL_DIGEST].to_pylist()
    changed = np.array([one != other for one, other in zip(there, kept, strict=True)], dtype=np.bool_)
    yield from _rows("personal data differs from what was decided on", changed & ~erased)
    filled = np.zeros(table.num_rows, dtype=np.bool_)
    for column in personal.columns:
        filled |= column.is_valid().to_numpy()
    yield from _rows("was erased, and yet personal data is there", filled & erased)
    root = Root()
    root.add(row_digests(table, table[PERSONAL_DIGEST]))
    if root.hexdigest() != file.public["root"]:
        yield "a row's public part or its place differs from what was decided"


def _rows(what: str, where: Any) -> Iterator[str]:
    places = np.flatnonzero(where)
    if len(places):
        yield f"rows {', '.join(map(str, places[:NAMED]))}: {what} ({len(places)} rows)"
