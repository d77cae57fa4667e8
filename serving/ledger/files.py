"""The folder of campaigns' files: which one is current, and what nobody needs any more."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Connection, select

from serving.ledger.schema import BATCHES, ENTRIES, ERASURES, PAYLOADS, Kind, payload_digest

STAGING: Final = ".staging"


@dataclass(frozen=True)
class BatchFile:
    """One campaign's file as the ledger names it now; `erased` are the rows that were erased since."""

    batch_id: str
    public: dict[str, Any]
    name: str
    sha256: str
    erased: frozenset[int]


def batch_files(connection: Connection) -> tuple[BatchFile, ...]:
    """Every campaign of the ledger, the oldest first."""
    found: dict[str, BatchFile] = {}
    rows = connection.execute(select(BATCHES.c.batch_id, BATCHES.c.public).order_by(BATCHES.c.sequence))
    for row in rows:
        public = json.loads(row.public)
        found[row.batch_id] = BatchFile(
            row.batch_id, public, public["file"], public["file_sha256"], frozenset()
        )
    for text in connection.scalars(select(ERASURES.c.public).order_by(ERASURES.c.sequence)):
        for batch_id, left in json.loads(text)["batches"].items():
            before = found[batch_id]
            erased = before.erased | set(left["rows"])
            found[batch_id] = BatchFile(batch_id, before.public, left["file"], left["file_sha256"], erased)
    return tuple(found.values())


def remove_orphans(connection: Connection, folder: Path) -> None:
    """Remove files that no entry names, within a transaction that alone may write.

    A file that a living process still writes is locked by it, and stays.
    """
    if not _complete(connection):
        return  # where records are missing a file may be all that is left of one
    named = {one.name for one in batch_files(connection)}
    for path in folder.iterdir():
        if path.name not in named and path.is_file() and not _in_use(path):
            path.unlink(missing_ok=True)


def _complete(connection: Connection) -> bool:
    """Whether every record that says which files there are is there, as it was appended."""
    for kind in (Kind.BATCH, Kind.ERASURE):
        table = PAYLOADS[kind]
        joined = ENTRIES.outerjoin(table, ENTRIES.c.sequence == table.c.sequence)
        chained = select(table, ENTRIES.c.digest).select_from(joined).where(ENTRIES.c.kind == kind)
        for row in connection.execute(chained):
            if row.sequence is None or payload_digest(kind, row._asdict()) != row.digest:
                return False
    return True


def _in_use(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def locked(path: Path) -> Iterator[IO[bytes]]:
    """A new file to write to, that nobody takes for left behind while this process lives."""
    with path.open("w+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def flush_to_disk(path: Path) -> None:
    """Have a file's content and its folder's names on the disk before anything rests on them."""
    for one in (path, path.parent):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
