"""Leaving: the money goes."""

from datetime import date

import ibis.expr.types as ir

from features.bank import Bank
from features.point_in_time import before, in_hindsight
from features.vocabulary import CUSTOMER_ID, Table
from training.labels.holdings import open_at
from training.labels.people import LABEL
from training.labels.reported import reported_before
from training.labels.window import LabelWindow


def balance_drop(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: of those with at least `minimum_balance`, the total fell by `drop_share` by the window's end.

    A total sums each product's latest balance; a product closed by then counts nothing, whatever its last
    balance said, and neither does one whose rows stopped while those of others went on, by more than
    `unreported_days`. Totals of zero or less cannot fall and are not in it.
    """
    churn = bank.spec.churn
    assert churn
    known = before(bank, window.snapshot)
    then = _total(known, known.table(Table.BALANCES), window.snapshot).rename(then="total")
    later = _total(bank, in_hindsight(bank, Table.BALANCES), window.end).rename(later="total")
    both = then.filter((then.then > 0) & (then.then >= churn.minimum_balance)).left_join(later, CUSTOMER_ID)
    left = both.then - both.later.coalesce(0.0) >= churn.drop_share * both.then
    return both.select(CUSTOMER_ID, **{LABEL: left.cast("float64")})


def _total(bank: Bank, balances: ir.Table, day: date) -> ir.Table:
    """Each customer's total balance before `day`: customer_id, total."""
    assert bank.spec.churn
    holdings = bank.table(Table.HOLDINGS)
    key = [CUSTOMER_ID, "product"]
    closed = holdings.anti_join(open_at(holdings, day), key).select(key).distinct()
    amounts = reported_before(day, balances, bank.spec.churn.unreported_days).anti_join(closed, key)
    return amounts.group_by(CUSTOMER_ID).aggregate(total=amounts.balance.sum())
