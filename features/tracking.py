"""Where models are registered: whether MLflow's database or server can be asked at all.

MLflow itself retries an absent server for minutes, and shows a broken database by a trace of its own.
"""

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from features.errors import BadInputError

CONNECT_SECONDS: Final = 3.0
PORTS: Final = {"http": 80, "https": 443}


def tracking_uri(database: Path) -> str:
    """The server of MLFLOW_TRACKING_URI, else `database`, which need not be there yet.

    Raises BadInputError for a server that does not answer and a file that is no SQLite database.
    """
    server = os.environ.get("MLFLOW_TRACKING_URI")
    if server:
        _require_answer(server)
        return server
    if database.exists():
        _require_database(database)
    return f"sqlite:///{database}"


def _require_answer(server: str) -> None:
    try:
        parts = urlsplit(server)
        if parts.scheme not in PORTS:
            return
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"MLFLOW_TRACKING_URI: expected a server that answers, none did at {server}: {error}"
        ) from error


def _require_database(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise BadInputError(f"{path}: expected MLflow's SQLite database: {error}") from error
