"""Who left is for the bank to say."""

from collections.abc import Callable
from datetime import date
from typing import Any

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID
from training.labels.labelled import churn_labels

Row = dict[str, Any]
Labels = dict[int, float | None]
JUNE = date(2024, 6, 1)


def test_the_banks_own_labels_are_taken_at_their_snapshots(bank_of: Callable[..., Bank]) -> None:
    labels = [
        {CUSTOMER_ID: 2, "snapshot_date": JUNE, "churned": True},
        {CUSTOMER_ID: 1, "snapshot_date": JUNE, "churned": False},
        {CUSTOMER_ID: 3, "snapshot_date": date(2024, 5, 1), "churned": True},
    ]
    snapshots = [JUNE, date(2024, 7, 1)]
    bank = bank_of(tables={"labels": labels}, snapshots=snapshots, churn={"rule": "labels"})
    found = churn_labels(bank, snapshots)
    assert found.to_pydict() == {CUSTOMER_ID: [1, 2], "snapshot_date": [JUNE, JUNE], "label": [0.0, 1.0]}
