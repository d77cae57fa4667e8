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
from urllib.request import getproxies, proxy_bypass

from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import Model

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


def registered_name(spec: BankSpec, model: Model) -> str:
    """The name that a model's versions are registered under."""
    return f"{spec.slug}-{model}"


def own_copy(spec: BankSpec, uri: str) -> Path:
    """Where the bank holds an artifact whose absolute path MLflow wrote down: banks are copied and moved."""
    return spec.state / "mlartifacts" / uri.rpartition("/mlartifacts/")[2]


def _require_answer(server: str) -> None:
    """Of the address, host and port are told alone: a password may stand before them."""
    try:
        parts = urlsplit(server)
        if parts.scheme not in PORTS:
            return
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise BadInputError("MLFLOW_TRACKING_URI: expected http://host:port, the port a number") from error
    if parts.scheme in getproxies() and not proxy_bypass(host):
        return  # only the proxy can tell whether it answers
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        raise BadInputError(
            f"MLFLOW_TRACKING_URI: expected a server that answers, none did at {host}:{port}: {error}"
        ) from error


def _require_database(path: Path) -> None:
    """Opened to write where that may be: what a killed writer left half done is taken back by reading it."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        raise BadInputError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise BadInputError(f"{path}: expected MLflow's SQLite database: {error}") from error
