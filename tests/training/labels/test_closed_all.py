"""Who left has nothing open at the window's end, of those who were there at its start."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from features.bank import Bank
from training.labels.labelled import churn_labels

Row = dict[str, Any]
Labels = dict[int, float | None]
JUNE = date(2024, 6, 1)
at = datetime.fromisoformat


def test_closed_all_means_nothing_is_open_at_the_windows_end(
    bank_of: Callable[..., Bank],
    held: Callable[..., Row],
    end_of_data: Row,
    by_customer: Callable[..., Labels],
) -> None:
    old = date(2023, 1, 1)
    holdings = [
        held(1, old, date(2024, 6, 20)),  # left in the window
        held(2, old, date(2024, 6, 20)),
        held(2, old, None, "loan"),  # keeps a loan
        held(3, old, date(2024, 6, 20)),
        held(3, date(2024, 6, 25), None, "loan"),  # came back within the window
        held(4, old, date(2024, 6, 5)),  # left in the gap: nobody to predict
        held(5, old, date(2024, 5, 1)),  # had left before the snapshot
        held(6, None, date(2024, 7, 11)),  # leaves on the day after the window
        held(7, date(2024, 6, 3)),  # came after the snapshot
        end_of_data,
    ]
    bank = bank_of(tables={"holdings": holdings}, churn={"rule": "closed_all"})
    assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0, 2: 0.0, 3: 0.0, 6: 0.0, 9: 0.0}


def test_a_closing_recorded_late_is_still_open_as_known_at_the_snapshot(
    bank_of: Callable[..., Bank],
    held: Callable[..., Row],
    end_of_data: Row,
    by_customer: Callable[..., Labels],
) -> None:
    holdings = [
        held(1, date(2024, 5, 20), recorded_at=at("2024-06-02 00:00")),
        end_of_data | {"recorded_at": None},
    ]
    bank = bank_of(tables={"holdings": holdings}, churn={"rule": "closed_all"})
    assert by_customer(churn_labels(bank, [JUNE])) == {9: 0.0}  # customer 1's holding was not yet on record
