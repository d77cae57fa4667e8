"""What the customer allows: the newest statement for each purpose and channel."""

from typing import Final

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table
from features.windows import joined_to_customers, only

PURPOSES: Final = ("marketing", "service")
ANY_CHANNEL: Final = "any"
CHANNELS: Final = ("app", "email", "sms", "call_centre", "branch", "rm", "relationship_manager", ANY_CHANNEL)


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """`consents_<purpose>_<channel>`: 1 granted, 0 refused or withdrawn, null where nothing was ever said.

    A statement without a channel, or about `any`, is about every channel: of it and those about the channel
    itself the newest holds. `any` itself is the newest of the general ones. Of a grant and a refusal at one
    moment the refusal holds.
    """
    del snapshot  # the bank is already cut: the newest row is the newest known
    rows = bank.table(Table.CONSENTS)
    rows = rows.mutate(channel=ibis.coalesce(rows.channel, ANY_CHANNEL))
    moments: dict[str, ir.Value] = {}
    for purpose in PURPOSES:
        for channel in CHANNELS:
            its = (rows.purpose == purpose) & rows.channel.isin([channel, ANY_CHANNEL])
            moments[f"{purpose}_{channel}:granted"] = only(its & rows.granted, rows["at"]).max()
            moments[f"{purpose}_{channel}:refused"] = only(its & ~rows.granted, rows["at"]).max()
    found = joined_to_customers(bank, rows.group_by(CUSTOMER_ID).aggregate(**moments))
    return found.select(
        CUSTOMER_ID,
        **{
            f"consents_{purpose}_{channel}": _newest_says(
                found[f"{purpose}_{channel}:granted"], found[f"{purpose}_{channel}:refused"]
            )
            for purpose in PURPOSES
            for channel in CHANNELS
        },
    )


def _newest_says(granted: ir.Column, refused: ir.Column) -> ir.Value:
    return ibis.cases(
        (granted.isnull() & refused.isnull(), ibis.null("float64")),
        (refused.isnull() | (granted > refused), 1.0),
        else_=0.0,
    )


VIEW = View("consents", "Consent by purpose and channel, for deciding only.", compute, for_models=False)
