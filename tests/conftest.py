"""Fixtures every test may use."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import settings

from features.bank import Bank
from features.columns import COLUMNS
from features.spec import read_spec
from features.tables import open_bank
from features.vocabulary import Table

# A busy machine is no failure: the time of one example says nothing.
settings.register_profile("nextbest", deadline=None)
settings.load_profile("nextbest")

Rows: TypeAlias = pd.DataFrame | pa.Table | list[dict[str, Any]]


class WriteBank(Protocol):
    """Writes a bank folder; see `write_bank`."""

    def __call__(
        self, tables: Mapping[str, Rows], *, options: Mapping[str, Any] = ..., suffix: str = ..., **spec: Any
    ) -> Path: ...


class MakeBank(Protocol):
    """Writes a bank folder and opens it; see `write_bank`."""

    def __call__(
        self, tables: Mapping[str, Rows], *, options: Mapping[str, Any] = ..., suffix: str = ..., **spec: Any
    ) -> Bank: ...


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest modules, whatever the order of the others."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def write_bank(tmp_path: Path) -> WriteBank:
    """Write `tables` and a bank.toml into a folder of its own, and return the folder.

    `tables` maps a table's name to its rows (a list without rows has the design's columns). `options` adds
    keys to single tables, as {"holdings": {"layout": "wide"}}; `suffix` is .parquet, .csv or .csv.gz.
    Whatever else is given goes into bank.toml as it is; without `snapshots` there is one, 2024-01-01.
    """
    written = 0

    def write(
        tables: Mapping[str, Rows],
        *,
        options: Mapping[str, Any] | None = None,
        suffix: str = ".parquet",
        **spec: Any,
    ) -> Path:
        nonlocal written
        written += 1
        folder = tmp_path / f"bank{written}"
        folder.mkdir()
        for name, rows in tables.items():
            _write(_table(name, rows), folder / f"{name}{suffix}")
        paths = {name: {"path": f"{name}{suffix}", **(options or {}).get(name, {})} for name in tables}
        content = {"name": "Test bank", "snapshots": {"dates": [date(2024, 1, 1)]}, "tables": paths, **spec}
        lines = (f"{key} = {_toml(value)}\n" for key, value in content.items())
        (folder / "bank.toml").write_text("".join(lines), encoding="utf-8")
        return folder

    return write


@pytest.fixture
def make_bank(write_bank: WriteBank) -> MakeBank:
    """Write a bank as `write_bank` does, and open it."""
    return lambda tables, **given: open_bank(read_spec(write_bank(tables, **given)))


def _table(name: str, rows: Rows) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, pd.DataFrame):
        return pa.Table.from_pandas(rows, preserve_index=False)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if not columns:
        columns = [column.name for column in COLUMNS[Table(name)]]
    return pa.table({column: [row.get(column) for row in rows] for column in columns})


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path)
    else:
        with pa.CompressedOutputStream(path, "gzip") if path.suffix == ".gz" else path.open("wb") as sink:
            pa.csv.write_csv(table, sink)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{key}" = {_toml(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else json.dumps(value)


def server_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, on the loopback."""
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="nextbest-pg-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    data = str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"

    def run(program: str, *given: str) -> None:
        line = [str(programs / program), *given]
        subprocess.run(line, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=60, **user)

    try:
        run("initdb", "-D", data, "-U", "nextbest", "-A", "trust", "--no-sync")
        run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql://nextbest@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
