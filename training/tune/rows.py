"""Rows in files, for workers to share: the matrix is mapped into memory, not copied to each."""

import json
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from training.backtest.folds import Past
from training.dataset import Rows, number_customers
from training.split import RECORDED_ON

RECORDED: Final = "recorded.parquet"
"""When labels were recorded, where anything says so."""


def write_rows(past: Past, folder: Path) -> None:
    """Write into a new folder."""
    folder.mkdir(parents=True)
    np.save(folder / "matrix.npy", past.rows.matrix, allow_pickle=False)
    np.save(folder / "labels.npy", past.rows.labels, allow_pickle=False)
    pa.parquet.write_table(past.rows.keys, folder / "keys.parquet")
    # A table without columns has no rows in a file.
    pa.parquet.write_table(
        past.rows.texts.append_column("", past.rows.keys.column(0)), folder / "texts.parquet"
    )
    if past.recorded is not None:
        pa.parquet.write_table(pa.table({RECORDED_ON: past.recorded}), folder / RECORDED)
    words = {"features": past.rows.features, "heads": past.rows.heads, "note": past.note}
    (folder / "words.json").write_text(json.dumps(words), encoding="utf-8")


def read_rows(folder: Path) -> Past:
    """What `write_rows` wrote, with the matrix mapped."""
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    keys = pa.parquet.read_table(folder / "keys.parquet")
    rows = Rows(
        features=tuple((name, kind) for name, kind in words["features"]),
        heads=tuple(words["heads"]),
        keys=keys,
        matrix=np.load(folder / "matrix.npy", mmap_mode="r"),
        texts=pa.parquet.read_table(folder / "texts.parquet").drop_columns([""]),
        labels=np.load(folder / "labels.npy"),
    )
    dated = (folder / RECORDED).exists()
    recorded = pa.parquet.read_table(folder / RECORDED)[RECORDED_ON] if dated else None
    return Past(rows, number_customers(keys), words["note"], recorded)
