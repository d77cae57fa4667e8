"""The online store's file and the mark in it: what it holds, readable without any platform."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from features.layout import Layout
from features.strict import Strict


class Mark(Strict):
    """What is online: the features of a snapshot's customers, by a layout's signature and fingerprint."""

    snapshot: date
    customers: int
    signature: str
    fingerprint: str

    @classmethod
    def of(cls, layout: Layout, snapshot: date, customers: int) -> Self:
        """The mark of a snapshot of this layout."""
        return cls(
            snapshot=snapshot,
            customers=customers,
            signature=layout.signature(),
            fingerprint=layout.fingerprint,
        )


def online_path(state: Path) -> Path:
    """Feast's SQLite file; it is replaced whole, so what is there is complete."""
    return state / "feast" / "online.db"


def file_identity(path: Path) -> tuple[int, int] | None:
    """Another value once the file was replaced; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def read_mark(path: Path) -> Mark | None:
    """The mark of an online file; None where there is no file, or one of another version."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT mark FROM nextbest").fetchone()
            return Mark.model_validate_json(row[0] if row else "")
        except (sqlite3.DatabaseError, ValidationError):
            return None


@contextmanager
def open_unsafely(path: Path) -> Iterator[sqlite3.Connection]:
    """A file that is written aside: without a journal, since a half-written one is thrown away."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


def secure(path: Path) -> None:
    """Wait until a file is on the disk, before it is renamed."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_mark(path: Path, mark: Mark) -> None:
    """Sign an online file that is complete."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE nextbest (mark TEXT NOT NULL)")
        connection.execute("INSERT INTO nextbest VALUES (?)", (mark.model_dump_json(),))
