"""Rows are the same from files."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from training.backtest.folds import Past
from training.tune.rows import read_rows, write_rows


def test_rows_are_the_same_from_files(tmp_path: Path, past: Past) -> None:
    one = past
    write_rows(one, tmp_path / "rows")
    again = read_rows(tmp_path / "rows")
    np.testing.assert_array_equal(again.rows.matrix, one.rows.matrix)
    np.testing.assert_array_equal(again.rows.labels, one.rows.labels)
    assert (again.rows.features, again.rows.heads, again.note) == (one.rows.features, ("churn",), "some")
    assert again.rows.keys.equals(one.rows.keys)
    assert again.rows.texts.equals(one.rows.texts)
    assert again.recorded is None


def test_when_labels_were_recorded_goes_with_them(tmp_path: Path, past: Past) -> None:
    """Workers part the rows by it, as whoever started them does."""
    days = pa.chunked_array([[date(2024, 9, 1)] * len(past.customers)])
    dated = replace(past, recorded=days)
    write_rows(dated, tmp_path / "rows")
    assert read_rows(tmp_path / "rows").dated.equals(dated.dated)
