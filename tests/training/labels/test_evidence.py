"""What came true is known until the last day of which the data speaks."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID
from training.labels.evidence import last_balance_day, last_holding_day, last_transaction_day

Row = dict[str, Any]


def test_it_is_the_newest_row_of_the_table(bank_of: Callable[..., Bank], held: Callable[..., Row]) -> None:
    day = date(2024, 7, 10)
    bank = bank_of(
        tables={
            "holdings": [held(1, date(2024, 6, 2), date(2024, 7, 9)), held(2, date(2024, 7, 8))],
            "transactions": [
                {CUSTOMER_ID: 1, "at": datetime.fromisoformat("2024-07-10 23:59"), "amount": 1.0}
            ],
            "balances": [{CUSTOMER_ID: 1, "product": "card", "as_of": day, "balance": 1.0}],
        }
    )
    assert (last_transaction_day(bank), last_balance_day(bank)) == (day, day)
    assert last_holding_day(bank) == date(2024, 7, 9)


def test_a_monthly_flag_speaks_for_its_whole_month(bank_of: Callable[..., Bank]) -> None:
    flags = [{CUSTOMER_ID: 1, "as_of": date(2024, 2, 5), "card": 1, "loan": 0}]
    bank = bank_of(tables={"holdings": flags}, options={"holdings": {"layout": "wide"}})
    assert last_holding_day(bank) == date(2024, 2, 29)


def test_without_rows_there_is_none(bank_of: Callable[..., Bank]) -> None:
    bank = bank_of(tables={})
    assert [last_holding_day(bank), last_balance_day(bank), last_transaction_day(bank)] == [None] * 3
