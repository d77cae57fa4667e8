"""Frames become the folder that every command reads, and nothing else is touched."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.errors import BadInputError
from features.spec import read_spec
from training.frames import write_bank

SETTINGS: dict[str, Any] = {"name": "Bank of 帧", "snapshots": {"dates": [date(2024, 1, 1)]}}
CUSTOMERS = pd.DataFrame({"customer_id": [1, 2], "city": ["Bern", None]})


def test_the_folder_reads_back_as_what_was_given(tmp_path: Path) -> None:
    spec = write_bank(tmp_path / "bank", {"customers": CUSTOMERS}, SETTINGS)
    assert read_spec(tmp_path / "bank") == spec
    assert pq.read_table(tmp_path / "bank" / "customers.parquet").to_pandas().equals(CUSTOMERS)


def test_the_same_frames_again_leave_the_files_alone(tmp_path: Path) -> None:
    write_bank(tmp_path, {"customers": CUSTOMERS}, SETTINGS)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    write_bank(tmp_path, {"customers": CUSTOMERS.copy()}, SETTINGS)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


def test_settings_of_single_tables_are_kept(tmp_path: Path) -> None:
    wide = pd.DataFrame({"customer_id": [1], "as_of": [date(2023, 12, 1)], "card": [1]})
    settings = {**SETTINGS, "products": {"card": {}}, "tables": {"holdings": {"layout": "wide"}}}
    spec = write_bank(tmp_path, {"customers": CUSTOMERS, "holdings": wide}, settings)
    assert [table.layout for table in spec.tables.values()] == ["long", "wide"]


def test_a_bank_of_anothers_making_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text('name = "Real bank"\n')
    with pytest.raises(BadInputError, match="not written from frames"):
        write_bank(tmp_path, {"customers": CUSTOMERS}, SETTINGS)
    assert (tmp_path / "bank.toml").read_text() == 'name = "Real bank"\n'


@pytest.mark.parametrize(
    ("tables", "settings", "told"),
    [
        ({"customer": CUSTOMERS}, SETTINGS, "no table 'customer'.*customers"),
        ({"customers": CUSTOMERS}, {**SETTINGS, "nmae": 1}, "nmae.*name"),
        ({"customers": CUSTOMERS}, {**SETTINGS, "tables": {"labels": {}}}, "not given: labels"),
        ({"customers": pd.DataFrame({"customer_id": [1, "b"]})}, SETTINGS, "customers: a column mixes types"),
    ],
)
def test_what_cannot_be_a_bank_is_refused(
    tmp_path: Path, tables: dict[str, pd.DataFrame], settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadInputError, match=told):
        write_bank(tmp_path, tables, settings)
    assert not (tmp_path / "bank.toml").exists()
