import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from features.online_file import Mark, file_identity, read_mark, write_mark

MARK = Mark(snapshot=date(2024, 2, 1), customers=3, signature="s", fingerprint="f")


def test_the_mark_is_read_back_and_reading_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "100% o'clock?" / "online.db"
    assert read_mark(path) is None
    path.parent.mkdir()
    assert read_mark(path) is None and not path.exists()
    write_mark(path, MARK)
    assert read_mark(path) == MARK


@pytest.mark.parametrize("content", ["not json", '{"snapshot": "2024-02-01"}'])
def test_a_mark_of_another_version_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "online.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE nextbest (mark TEXT)")
    assert read_mark(path) is None
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO nextbest VALUES (?)", (content,))
    assert read_mark(path) is None


def test_a_file_that_is_no_database_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "online.db"
    path.write_bytes(b"something else entirely" * 100)
    assert read_mark(path) is None


def test_a_replaced_file_has_another_identity(tmp_path: Path) -> None:
    path, aside = tmp_path / "online.db", tmp_path / "aside"
    assert file_identity(path) is None
    path.write_text("one")
    first = file_identity(path)
    assert first == file_identity(path)
    aside.write_text("one")
    aside.replace(path)
    assert file_identity(path) not in {first, None}
