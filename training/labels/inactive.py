"""Leaving: no transaction any more."""

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.point_in_time import before
from features.vocabulary import Table
from training.labels.people import absent, distinct
from training.labels.window import LabelWindow, between


def inactive(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: of those with a transaction in `active_days` before the snapshot, none in the window."""
    assert bank.spec.churn
    since = window.snapshot - timedelta(days=bank.spec.churn.active_days)
    known = before(bank, window.snapshot).table(Table.TRANSACTIONS)
    active = distinct(known.filter(known.at >= ibis.timestamp(since.isoformat())))
    later = bank.table(Table.TRANSACTIONS)
    return absent(active, later.filter(between(later.at.date(), window.start, window.end)))
