"""Who left makes no transaction in the window."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID
from training.labels.labelled import churn_labels

Row = dict[str, Any]
Labels = dict[int, float | None]
JUNE = date(2024, 6, 1)
at = datetime.fromisoformat


def test_inactive_counts_transactions_in_the_window_only(
    bank_of: Callable[..., Bank], by_customer: Callable[..., Labels]
) -> None:
    def paid(customer: int, *moments: datetime) -> list[dict[str, Any]]:
        return [{CUSTOMER_ID: customer, "at": moment, "amount": -1.0} for moment in moments]

    transactions = [
        *paid(1, at("2024-05-31 23:59")),
        *paid(2, at("2024-05-02 00:00"), at("2024-07-10 23:59")),  # the window's last minute
        *paid(3, at("2024-05-02 00:00"), at("2024-07-11 00:00")),  # one minute later: inactive
        *paid(4, at("2024-05-02 00:00"), at("2024-06-10 23:59")),  # only in the gap: inactive
        *paid(5, at("2024-05-01 23:59")),  # longer ago than active_days
        *paid(6, at("2024-06-01 00:00")),  # at the snapshot itself
    ]
    bank = bank_of(tables={"transactions": transactions}, churn={"rule": "inactive", "active_days": 30})
    assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0, 2: 0.0, 3: 1.0, 4: 1.0}
