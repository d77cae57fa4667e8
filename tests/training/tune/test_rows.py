"""Rows are the same from files."""

from pathlib import Path

import numpy as np

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
