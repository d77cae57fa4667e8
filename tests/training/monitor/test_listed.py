"""A list of snapshots that ended is told once today lies too far beyond it, by its own usual distance."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.spec import BankSpec
from training.monitor.listed import Ended, due, ended

MONTHLY = {"first": date(2024, 1, 1), "last": date(2025, 1, 1)}
QUARTERS = {"dates": (date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1), date(2024, 7, 2))}


def listing(**snapshots: Any) -> BankSpec:
    tables = {"customers": {"path": "c.csv"}}
    return BankSpec(folder=Path(), name="A Bank", tables=tables, snapshots=snapshots)


@pytest.mark.parametrize(
    ("snapshots", "today", "told"),
    [
        (MONTHLY, date(2026, 11, 29), Ended(date(2025, 1, 1), 697, 62.0)),
        (MONTHLY, date(2025, 3, 4), None),  # two months, and no more than two of the longer ones
        (MONTHLY, date(2025, 3, 5), Ended(date(2025, 1, 1), 63, 62.0)),
        (MONTHLY, date(2024, 6, 1), None),
        (QUARTERS, date(2024, 12, 31), None),
        (QUARTERS, date(2025, 1, 1), Ended(date(2024, 7, 2), 183, 182.0)),
        ({"dates": (date(2024, 1, 1),)}, date(2024, 3, 1), None),
        ({"dates": (date(2024, 1, 1),)}, date(2024, 3, 2), Ended(date(2024, 1, 1), 61, 60.0)),
    ],
)
def test_a_list_that_ended(snapshots: dict[str, Any], today: date, told: Ended | None) -> None:
    assert ended(listing(**snapshots), today) == told


def test_snapshots_are_due_until_today() -> None:
    months = [date(2024, 12, 1), date(2025, 1, 1)]
    assert due(listing(**MONTHLY), date(2024, 11, 1), date(2025, 1, 1)) == months
    assert due(listing(**MONTHLY), date(2024, 11, 1), date(2024, 12, 31)) == months[:1]
