"""Leaving: every holding is closed."""

import ibis.expr.types as ir

from features.bank import Bank
from features.point_in_time import before
from features.vocabulary import Table
from training.labels.holdings import open_at, open_now
from training.labels.people import absent, distinct, seen, within
from training.labels.window import LabelWindow


def closed_all(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: of those with a holding open at the snapshot, none is open at the window's end."""
    holders = distinct(open_now(before(bank, window.snapshot).table(Table.HOLDINGS)))
    holdings = bank.table(Table.HOLDINGS)
    reachable = seen(bank, window, within(holders, open_at(holdings, window.start)))
    return absent(reachable, open_at(holdings, window.end))
