"""Opening a bank's ledger: its database, its keys and its folder of campaigns."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from features.database_url import with_driver
from features.errors import BadInputError
from features.spec import BankSpec
from serving.ledger.keys import Keys, load_keys

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

LEDGER_URL: Final = "NEXTBEST_LEDGER_URL"
WAIT_SECONDS: Final = 30
LOCK: Final = 5_462_871_093
"""PostgreSQL's advisory lock of whoever writes; any number that nobody else takes."""
READING: Final = "nextbest_reading"


@dataclass(frozen=True)
class Ledger:
    """An open ledger; `folder` holds the campaigns' files, `now` is the clock (UTC)."""

    engine: "Engine"
    folder: Path
    keys: Keys
    now: Callable[[], datetime]

    @contextmanager
    def writing(self) -> Iterator["Connection"]:
        """A transaction that alone may append: the others wait for it."""
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            yield connection

    @contextmanager
    def reading(self) -> Iterator["Connection"]:
        """One state of the ledger, whatever is appended meanwhile."""
        options: dict[str, Any] = {READING: True}
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with self.engine.connect().execution_options(**options) as connection:
            yield connection


def open_ledger(spec: BankSpec, now: Callable[[], datetime] | None = None) -> Ledger:
    """The bank's ledger, made at its first opening; what a killed process left in its folder is removed.

    `NEXTBEST_LEDGER_URL` names another database than `.nextbest/ledger.db`.

    Raises BadInputError for a database that cannot be opened, or pseudonyms made with another key.
    """
    return open_at(ledger_url(spec), spec.state / "ledger", load_keys(spec), now or utc_now)


def ledger_url(spec: BankSpec) -> str:
    """Where the ledger's database is."""
    return os.environ.get(LEDGER_URL) or f"sqlite:///{spec.state / 'ledger.db'}"


def open_at(url: str, folder: Path, keys: Keys, now: Callable[[], datetime]) -> Ledger:
    """A ledger in the database at `url`; raises as `open_ledger` does."""
    from sqlalchemy.exc import DBAPIError

    from serving.ledger.files import remove_orphans
    from serving.ledger.schema import METADATA

    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(_engine(url), folder, keys, now)
    try:
        with ledger.writing() as connection:
            METADATA.create_all(connection)
            _check_key(ledger, connection)
            remove_orphans(connection, folder)
    except DBAPIError as error:
        where = ledger.engine.url.render_as_string(hide_password=True)
        raise BadInputError(f"ledger {where}: cannot be opened: {error.orig}") from error
    return ledger


def utc_now() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


def _check_key(ledger: Ledger, connection: "Connection") -> None:
    from sqlalchemy import select

    from serving.ledger.append import append
    from serving.ledger.chain import canonical
    from serving.ledger.schema import OPENINGS, Kind

    opened = connection.scalar(select(OPENINGS.c.public).order_by(OPENINGS.c.sequence).limit(1))
    if opened is None:
        public = canonical({"format": 1, "pseudonym_key": ledger.keys.check()})
        append(connection, [(Kind.OPENING, {"public": public})], ledger.now())
    elif _stated_check(opened) not in (None, ledger.keys.check()):
        raise BadInputError(
            "ledger: its pseudonyms were made with another key; set NEXTBEST_PSEUDONYM_KEY, or put the "
            "pseudonym.key file back, as they were"
        )


def _stated_check(opened: str) -> str | None:
    """The check value stated; None where it cannot be read, which is for verifying to tell."""
    try:
        return str(json.loads(opened)["pseudonym_key"])
    except (ValueError, KeyError, TypeError):
        return None


def _engine(url: str) -> "Engine":
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        engine = create_engine(with_driver(url))
    except (ArgumentError, NoSuchModuleError) as error:
        raise BadInputError(f"{LEDGER_URL}: expected a sqlite:/// or postgresql:// address") from error
    except ModuleNotFoundError as error:
        raise BadInputError(f"{LEDGER_URL}: needs the package {error.name} to be installed") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    """SQLite: readers do not stop the writer, a commit is on the disk, what is erased is overwritten."""
    connection.isolation_level = None  # transactions begin where we say so
    for setting in (
        f"busy_timeout = {WAIT_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Any) -> None:
    reading = connection.get_execution_options().get(READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
