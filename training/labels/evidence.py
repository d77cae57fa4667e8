"""Until which day the data can tell what came true."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date

import ibis.expr.types as ir

from features.bank import Bank
from features.vocabulary import Table

Evidence = Callable[[Bank], date | None]


def last_transaction_day(bank: Bank) -> date | None:
    """The last day that has transactions."""
    return _latest(bank.table(Table.TRANSACTIONS).at.date())


def last_balance_day(bank: Bank) -> date | None:
    """The last day that has balances."""
    return _latest(bank.table(Table.BALANCES).as_of)


def last_holding_day(bank: Bank) -> date | None:
    """The last day of which openings and closings are known; a monthly flag speaks for its whole month."""
    if bank.observed_months is not None:
        last = _latest(bank.observed_months.as_of)
        return last and last.replace(day=monthrange(last.year, last.month)[1])
    holdings = bank.table(Table.HOLDINGS)
    days = [_latest(holdings.opened_on), _latest(holdings.closed_on)]
    return max((day for day in days if day), default=None)


KNOWN_BY: dict[Evidence, str] = {
    last_holding_day: "opening or closing known",
    last_transaction_day: "transaction",
    last_balance_day: "balance",
}
"""What it was that told the day."""


def _latest(day: ir.DateColumn) -> date | None:
    found: date | None = day.max().to_pyarrow().as_py()
    return found
