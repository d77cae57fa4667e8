"""Who left has taken most of the money."""

from collections.abc import Callable
from datetime import date
from typing import Any

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID
from training.labels.labelled import churn_labels

Row = dict[str, Any]
Labels = dict[int, float | None]
JUNE = date(2024, 6, 1)


def test_balance_drop_compares_totals_of_the_latest_balances(
    bank_of: Callable[..., Bank], held: Callable[..., Row], by_customer: Callable[..., Labels]
) -> None:
    def owns(customer: int, product: str, *balances: tuple[date, float]) -> list[dict[str, Any]]:
        return [
            {CUSTOMER_ID: customer, "product": product, "as_of": day, "balance": amount}
            for day, amount in balances
        ]

    may, july, august = date(2024, 5, 31), date(2024, 7, 10), date(2024, 7, 11)
    balances = [
        *owns(1, "card", (date(2024, 4, 30), 1.0), (may, 1000.0), (july, 150.0)),
        *owns(1, "loan", (may, 1000.0), (july, 250.0)),  # 2,000 falls to 400: by exactly four fifths
        *owns(2, "card", (may, 1000.0), (july, 201.0)),  # not enough
        *owns(3, "card", (may, 99.0), (july, 0.0)),  # below the minimum
        *owns(4, "card", (may, 1000.0)),  # closed, no further balance: nothing left
        *owns(5, "card", (may, 1000.0), (august, 0.0)),  # falls after the window
        *owns(6, "card", (may, -500.0), (july, -600.0)),
        *owns(7, "card", (may, 1000.0)),  # its rows just stop, those of others go on: nothing left
        *owns(8, "card", (date(2024, 4, 1), 1000.0)),  # had stopped before the snapshot: nobody to predict
        *owns(9, "card", (date(2024, 12, 31), 1.0)),
    ]
    holdings = [held(4, date(2023, 1, 1), date(2024, 6, 30)), held(5, date(2023, 1, 1))]
    bank = bank_of(
        tables={"balances": balances, "holdings": holdings},
        churn={"rule": "balance_drop", "minimum_balance": 100.0},
    )
    assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0, 2: 0.0, 4: 1.0, 5: 0.0, 7: 1.0}
