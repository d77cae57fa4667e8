"""What a customer keeps by the balances that the bank reports, and when those have stopped."""

from datetime import date

import ibis
import ibis.expr.types as ir

from features.vocabulary import CUSTOMER_ID
from features.windows import newest, only


def reported_before(day: date, balances: ir.Table, unreported_days: int) -> ir.Table:
    """The latest balance before `day` that still holds: customer_id, product, balance.

    It no longer does where the customer's rows of the product stop, while others' rows of it go on for more
    than `unreported_days` before `day`. Rows that come again later have not stopped: who is reported seldom,
    or only as the balance changes, has some.
    """
    past = balances.as_of < ibis.date(day)
    latest = balances.group_by(CUSTOMER_ID, "product").aggregate(
        balance=newest(only(past, balances.balance), only(past, balances.as_of)),
        last=only(past, balances.as_of).max(),
        goes_on=(~past).any(),
    )
    of_product = latest["last"].max().over(ibis.window(group_by="product"))
    dated = latest.mutate(behind=of_product.delta(latest["last"], unit="day"))
    holds = dated.goes_on | (dated.behind <= unreported_days)
    return dated.filter(holds & dated["last"].notnull()).select(CUSTOMER_ID, "product", "balance")
