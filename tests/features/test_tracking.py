import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from features.errors import BadInputError
from features.tracking import tracking_uri

VARIABLE = "MLFLOW_TRACKING_URI"


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_the_banks_own_database_need_not_be_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    assert tracking_uri(path) == f"sqlite:///{path}"
    assert not path.exists()
    sqlite3.connect(path).close()
    assert tracking_uri(path) == f"sqlite:///{path}"


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_text("garbage" * 100)
    with pytest.raises(BadInputError, match=r"mlflow.db: expected MLflow's SQLite database"):
        tracking_uri(path)
    assert path.read_text() == "garbage" * 100


KILLED_WRITER = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.executemany("INSERT INTO runs VALUES (?)", [("x" * 1000,)] * 1000)
os._exit(9)
"""


def test_what_a_killed_writer_left_half_done_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE runs (name TEXT)")
        connection.execute("INSERT INTO runs VALUES ('first')")
    assert subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path)], check=False).returncode == 9
    assert (tmp_path / "mlflow.db-journal").stat().st_size > 0
    assert tracking_uri(path) == f"sqlite:///{path}"
    assert not (tmp_path / "mlflow.db-journal").exists()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM runs").fetchall() == [("first",)]


def test_a_server_is_asked_for_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        uri = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv(VARIABLE, uri)
        assert tracking_uri(tmp_path / "unused.db") == uri
    with pytest.raises(
        BadInputError, match=f"MLFLOW_TRACKING_URI: .* none did at {uri.removeprefix('http://')}"
    ):
        tracking_uri(tmp_path / "unused.db")


def test_an_address_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "http://127.0.0.1:port")
    with pytest.raises(BadInputError, match=VARIABLE):
        tracking_uri(tmp_path / "unused.db")


def test_a_password_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for address in (f"alice:s3cret@127.0.0.1:{port}", "alice:s3cret@127.0.0.1:port"):
        monkeypatch.setenv(VARIABLE, f"http://{address}")
        with pytest.raises(BadInputError) as refused:
            tracking_uri(tmp_path / "unused.db")
        assert "s3cret" not in str(refused.value)


def test_behind_a_proxy_the_server_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(VARIABLE, "http://mlflow.invalid")
    assert tracking_uri(tmp_path / "unused.db") == "http://mlflow.invalid"


def test_what_cannot_be_opened_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.mkdir()
    with pytest.raises(BadInputError, match=r"mlflow.db: (unable to open database file|disk I/O error)"):
        tracking_uri(path)
