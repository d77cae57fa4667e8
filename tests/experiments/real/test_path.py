"""A study's bank is made where its folder is new, and used again where it is there."""

from pathlib import Path

import pytest

from experiments.real.path import bank_at
from features.errors import BadInputError

BANK = """
name = "Made"

[tables.customers]
path = "customers.csv"

[churn]
rule = "labels"

[tables.labels]
path = "labels.csv"

[snapshots]
dates = [2024-01-01]
"""


def test_a_bank_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        folder.mkdir()
        (folder / "bank.toml").write_text(BANK, encoding="utf-8")

    work = tmp_path / "work"
    assert bank_at(work, make).name == "Made"
    assert bank_at(work, make).name == "Made"
    assert made == [work]


def test_what_hinders_making_it_is_told(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        raise BadInputError(f"{folder}: raw data is missing")

    with pytest.raises(BadInputError, match="raw data is missing"):
        bank_at(tmp_path / "work", make)
