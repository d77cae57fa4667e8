"""Paths and globs, relative, climbing and absolute."""

from pathlib import Path

import pytest

from features.files import files_named


def test_files_of_a_glob_come_in_order_of_name_without_folders(tmp_path: Path) -> None:
    (tmp_path / "c.csv").mkdir()
    for name in ("b.csv", "a.csv", "a.txt"):
        (tmp_path / name).touch()
    assert files_named(tmp_path, "*.csv") == [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert files_named(tmp_path / "c.csv", str(tmp_path / "*.txt")) == [tmp_path / "a.txt"]
    assert files_named(tmp_path, "d.csv") == []


def test_a_pattern_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"pattern"):
        files_named(tmp_path, "")
