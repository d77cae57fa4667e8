"""Who opens which product."""

from collections.abc import Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.point_in_time import before, population
from features.vocabulary import CUSTOMER_ID, Table
from features.windows import only
from training.labels.holdings import open_now, opened
from training.labels.people import seen
from training.labels.window import LabelWindow

HELD: Final = 3
OPENED: Final = 2
TOO_EARLY: Final = 1
"""What is known of a customer and a product; the highest holds."""


def openings(bank: Bank, window: LabelWindow) -> ir.Table:
    """One column a product, of everyone known at the snapshot: 1.0 opened in the window, 0.0 not, or null."""
    holdings = bank.table(Table.HOLDINGS)
    known = before(bank, window.snapshot).table(Table.HOLDINGS)
    pairs = ibis.union(
        open_now(known).select(CUSTOMER_ID, "product", state=HELD),
        opened(holdings, window.start, window.end).select(CUSTOMER_ID, "product", state=OPENED),
        opened(holdings, window.snapshot, window.start).select(CUSTOMER_ID, "product", state=TOO_EARLY),
    )
    states = {name: ibis.ifelse(pairs.product == name, pairs.state, 0).max() for name in bank.spec.products}
    people = seen(bank, window, population(bank, window.snapshot))
    kind = before(bank, window.snapshot).table(Table.CUSTOMERS).select(CUSTOMER_ID, "kind")
    people = people.left_join(kind, CUSTOMER_ID).drop(f"{CUSTOMER_ID}_right")
    joined = people.left_join(pairs.group_by(CUSTOMER_ID).aggregate(**states), CUSTOMER_ID)

    def label(name: str, kinds: Sequence[str]) -> ir.Value:
        came = joined[name].coalesce(0).cases((0, 0.0), (OPENED, 1.0)).cast("float64")
        return only(joined.kind.isnull() | joined.kind.isin(kinds), came)

    return joined.select(
        CUSTOMER_ID, **{name: label(name, product.kinds) for name, product in bank.spec.products.items()}
    )
