"""A result that could not be written is refused at once, and looking makes nothing."""

import os
from pathlib import Path

import pytest

from features.errors import BadInputError
from serving.outputs import require_writable


def test_a_place_below_folders_to_be_made_is_fine_and_nothing_is_made(tmp_path: Path) -> None:
    require_writable(tmp_path / "scores.csv")
    require_writable(tmp_path / "new" / "newer" / "scores.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_is_one_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    require_writable(Path("scores.csv"))


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    with pytest.raises(BadInputError, match=r"letter is a file"):
        require_writable(tmp_path / "letter" / "deep" / "scores.csv")


def test_a_folder_closed_to_us_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if os.geteuid() == 0:  # the superuser may write anywhere: ask as anybody else
        monkeypatch.setattr("os.access", lambda path, _: Path(path) != closed)
    with pytest.raises(BadInputError, match=r"the folder .*closed cannot be written in"):
        require_writable(closed / "new" / "scores.csv")
