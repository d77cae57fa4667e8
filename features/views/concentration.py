"""How much of the bank's deposits its largest customers hold: the same figures for everyone."""

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day
from features.views import View
from features.views.tier import values
from features.vocabulary import Table
from features.windows import customers, ratio, steady, sum_if

TOP_PERCENTS = (1, 10, 20)


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """`concentration_top_<n>_share`: the share of all deposits that the n % largest customers hold, 0 to 1.

    Overdrawn customers hold 0; of few customers the n % are rounded up to whole ones. Null where the bank
    brings no balances or nobody has any.
    """
    if Table.BALANCES not in bank.present:
        names = (f"concentration_top_{percent}_share" for percent in TOP_PERCENTS)
        return customers(bank).mutate(**{name: ibis.null("float64") for name in names})
    valued = values(bank, snapshot)
    deposits = valued.select(deposit=ibis.greatest(valued.value, 0.0))
    placed = deposits.mutate(
        place=ibis.row_number().over(ibis.window(order_by=ibis.desc("deposit"))),
        every=deposits.count().over(ibis.window()),
    )
    shares = {
        f"concentration_top_{percent}_share": steady(
            ratio(sum_if(placed.place * 100 < placed.every * percent, placed.deposit), placed.deposit.sum())
        )
        for percent in TOP_PERCENTS
    }
    return customers(bank).cross_join(placed.aggregate(**shares))


# Not for models: it would tell them which snapshot a row is from, and nothing of the customer.
VIEW = View("concentration", "The bank's deposit concentration.", compute, for_models=False)
