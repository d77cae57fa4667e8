import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.fingerprint import (
    fingerprint_bank,
    fingerprint_data,
    fingerprint_features,
    fingerprint_sources,
)
from features.spec import BankSpec, parse


def bank(folder: Path, **changes: Any) -> BankSpec:
    raw = {
        "folder": folder,
        "name": "Bank",
        "tables": {"customers": {"path": "customers.csv"}, "transactions": {"path": "months/*.csv"}},
        "snapshots": {"dates": [date(2024, 1, 1)]},
    }
    return parse(BankSpec, raw | changes, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    months = tmp_path / "bank" / "months"
    months.mkdir(parents=True)
    (months.parent / "customers.csv").write_text("customer_id\n1\n")
    (months / "1.csv").write_text("customer_id,at,amount\n")
    return months.parent


def test_the_same_files_have_the_same_fingerprint_wherever_they_lie(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "notes.txt").write_text("not a table")
    assert fingerprint_data(bank(copy)) == fingerprint_data(bank(folder))


def test_every_byte_and_every_file_counts(folder: Path) -> None:
    seen = {fingerprint_data(bank(folder))}
    (folder / "customers.csv").write_text("customer_id\n2\n")
    seen.add(fingerprint_data(bank(folder)))
    (folder / "months" / "2.csv").write_text("customer_id,at,amount\n")
    seen.add(fingerprint_data(bank(folder)))
    (folder / "months" / "2.csv").rename(folder / "months" / "3.csv")
    seen.add(fingerprint_data(bank(folder)))
    assert len(seen) == 4


def test_absolute_paths_are_read(folder: Path) -> None:
    tables = {"customers": {"path": str(folder / "customers.csv")}, "transactions": {"path": "months/*.csv"}}
    assert fingerprint_data(bank(folder, tables=tables)) == fingerprint_data(bank(folder))


CHURN = {"churn": {"rule": "inactive"}}
LATER = {"snapshots": {"dates": [date(2024, 1, 1), date(2024, 2, 1)]}}


@pytest.mark.parametrize("change", [CHURN, LATER, {"window": {"horizon_days": 30}}, {"sensitive": ["sex"]}])
def test_what_no_view_reads_leaves_features_current(folder: Path, change: dict[str, Any]) -> None:
    before, after = bank(folder), bank(folder, **change)
    assert fingerprint_features(before, "data") == fingerprint_features(after, "data")
    assert fingerprint_bank(before, "data") != fingerprint_bank(after, "data")


@pytest.mark.parametrize(
    "change",
    [
        {"products": {"card": {}}},
        {"tiers": {"dormant_days": 10}},
        {"snapshots": {"dates": [date(2023, 12, 1), date(2024, 1, 1)]}},
        {"tables": {"customers": {"path": "customers.csv", "exclude": ["age"]}}},
    ],
)
def test_what_views_read_makes_other_features(folder: Path, change: dict[str, Any]) -> None:
    assert fingerprint_features(bank(folder), "data") != fingerprint_features(bank(folder, **change), "data")
    assert fingerprint_features(bank(folder), "data") != fingerprint_features(bank(folder), "other data")


CARD = {"products": {"card": {"annual_value": 60.0}}}


@pytest.mark.parametrize(
    "change",
    [
        {**CARD, **CHURN, "name": "Another", "currency": "USD"},
        {**CARD, "window": {"horizon_days": 30}},
        {**CARD, "training": {"seed": 7, "trusted": ["a"]}},
        {**CARD, "promotion": {"psi_most": 5.0}, "monitoring": {"psi_most": 1.0}, "owner": {"name": "Ada"}},
        {"products": {"card": {"annual_value": 60.0, "name_en": "Card", "expected_share": 0.1}}},
    ],
)
def test_settings_that_training_reads_itself_leave_features_built(
    folder: Path, change: dict[str, Any]
) -> None:
    assert fingerprint_sources(bank(folder, **CARD), "data") == fingerprint_sources(
        bank(folder, **change), "data"
    )


@pytest.mark.parametrize(
    "change",
    [
        {**CARD, **LATER},
        {**CARD, "sensitive": ["sex"]},
        {"products": {"card": {"annual_value": 90.0}}},
        {**CARD, "tiers": {"dormant_days": 10}},
    ],
)
def test_what_a_layout_comes_from_makes_other_sources(folder: Path, change: dict[str, Any]) -> None:
    built = fingerprint_sources(bank(folder, **CARD), "data")
    assert built != fingerprint_sources(bank(folder, **change), "data")
    assert built != fingerprint_sources(bank(folder, **CARD), "other data")
