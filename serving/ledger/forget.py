"""Forgetting a customer in the ledger: personal parts go, digests stay, and the chain still verifies."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select, update

from serving.ledger.append import append
from serving.ledger.batch import PERSONAL_DIGEST, PSEUDONYM, PUBLIC_COLUMNS, open_stored, write_sealed
from serving.ledger.chain import canonical
from serving.ledger.files import STAGING, BatchFile, batch_files, flush_to_disk, locked, remove_orphans
from serving.ledger.opening import Ledger
from serving.ledger.schema import DECISIONS, Kind
from serving.ledger.witness import file_name

KEPT: Final = frozenset({*PUBLIC_COLUMNS, PERSONAL_DIGEST})


@dataclass(frozen=True)
class Forgotten:
    """How many decisions lost their personal part: those of one customer at a time, and campaigns' rows."""

    decisions: int
    campaign_rows: int


def forget_in_ledger(ledger: Ledger, customer_id: int | str) -> Forgotten:
    """Erase a customer from every record; what was erased before is not there to be erased again.

    Files are written anew under other names, then one transaction erases and says so, then the old files go.
    Killed before the transaction, nothing happened; after it, the next opening removes the old files.
    """
    pseudonym = ledger.keys.pseudonym(customer_id)
    with ExitStack() as stack, ledger.writing() as connection:
        ids = connection.scalars(
            select(DECISIONS.c.decision_id)
            .where(DECISIONS.c.pseudonym == pseudonym)
            .order_by(DECISIONS.c.sequence)
        ).all()
        left: dict[str, Any] = {}
        for file in batch_files(connection):
            rows = _rows_of(ledger, file, pseudonym)
            if rows:
                left[file.batch_id] = {"rows": rows, **stack.enter_context(_without(ledger, file, rows))}
        if ids or left:
            nothing = {"pseudonym": None, "personal": None}
            connection.execute(update(DECISIONS).where(DECISIONS.c.pseudonym == pseudonym).values(nothing))
            public = canonical({"decisions": list(ids), "batches": left})
            append(connection, [(Kind.ERASURE, {"public": public})], ledger.now())
    with ledger.writing() as connection:
        remove_orphans(connection, ledger.folder)
    _leave_no_trace(ledger)
    return Forgotten(len(ids), sum(len(one["rows"]) for one in left.values()))


def _rows_of(ledger: Ledger, file: BatchFile, pseudonym: str) -> list[int]:
    content = (ledger.folder / file.name).read_bytes()
    named = open_stored(content, ledger.keys).read([PSEUDONYM])[PSEUDONYM]
    found: list[int] = np.flatnonzero(np.array(named.to_pylist(), dtype=object) == pseudonym).tolist()
    return found


@contextmanager
def _without(ledger: Ledger, file: BatchFile, rows: list[int]) -> Iterator[dict[str, str]]:
    """The file once more without these rows' personal data, under its new name; the name and its SHA-256."""
    whole = ledger.folder / f"{STAGING}-{file.batch_id}.whole"
    stored = ledger.folder / f"{STAGING}-{file.batch_id}.stored"
    try:
        with locked(stored):
            with locked(whole) as sink:
                _rewrite(open_stored((ledger.folder / file.name).read_bytes(), ledger.keys), rows, sink)
            sha256 = write_sealed(stored, whole, ledger.keys)
            flush_to_disk(stored)
            name = file_name(file.batch_id, sha256)
            stored.replace(ledger.folder / name)
            flush_to_disk(ledger.folder / name)
        whole.unlink()
        yield {"file": name, "file_sha256": sha256}
    finally:
        for path in (whole, stored):
            path.unlink(missing_ok=True)


def _rewrite(stored: pq.ParquetFile, rows: list[int], sink: Any) -> None:
    done = 0
    with pq.ParquetWriter(sink, stored.schema_arrow, compression="zstd") as writer:
        for group in range(stored.num_row_groups):
            table = stored.read_row_group(group)
            gone = np.isin(np.arange(done, done + table.num_rows), rows)
            writer.write_table(_erased(table, gone) if gone.any() else table)
            done += table.num_rows


def _erased(table: pa.Table, gone: Any) -> pa.Table:
    places = pa.array(np.arange(table.num_rows), mask=gone)
    columns = {name: table[name] if name in KEPT else table[name].take(places) for name in table.column_names}
    return pa.table(columns, schema=table.schema)


def _leave_no_trace(ledger: Ledger) -> None:
    """Have the database let go of what was erased: SQLite's log is emptied, PostgreSQL's dead rows go."""
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if ledger.engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"VACUUM {DECISIONS.name}")
            return
    raw = ledger.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        raw.close()
