"""Fixtures every test may use."""

import json
from collections.abc import Mapping
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
