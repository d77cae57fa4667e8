"""The data frames that the examples begin with: a small synthetic bank, as an analyst would have read it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow.dataset as ds

from experiments.synth import generate

CUSTOMERS: Final = 1500
SNAPSHOTS: Final = 6
"""Of the newest, to keep an example short."""


def frames(work: Path) -> dict[str, pd.DataFrame]:
    """Every table of the bank, by its name; the bank is made at the first call."""
    raw = _raw(work)
    tables = {name: ds.dataset(_files(work, table["path"])) for name, table in raw["tables"].items()}
    return {name: table.to_table().to_pandas() for name, table in tables.items()}


def settings(work: Path) -> Mapping[str, Any]:
    """What its bank.toml says beside the files."""
    raw = _raw(work)
    last = raw["snapshots"]["last"]
    first = (pd.Timestamp(last) - pd.DateOffset(months=SNAPSHOTS - 1)).date()
    further = {
        name: {key: value for key, value in table.items() if key != "path"}
        for name, table in raw["tables"].items()
    }
    return {**raw, "snapshots": {"first": first, "last": last}, "tables": further}


def _raw(work: Path) -> dict[str, Any]:
    folder = work / "raw"
    if not (folder / "bank.toml").exists():
        generate(folder, CUSTOMERS)
    return tomllib.loads((folder / "bank.toml").read_text(encoding="utf-8"))


def _files(work: Path, pattern: str) -> list[Path]:
    return sorted((work / "raw").glob(pattern))
