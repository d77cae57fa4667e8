"""Leaving: as the bank itself says."""

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.point_in_time import in_hindsight
from features.vocabulary import CUSTOMER_ID, Table
from training.labels.people import LABEL
from training.labels.window import LabelWindow


def given_labels(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: the bank's own labels table says so."""
    labels = in_hindsight(bank, Table.LABELS)
    chosen = labels.filter((labels.snapshot_date == ibis.date(window.snapshot)) & labels.churned.notnull())
    return chosen.select(CUSTOMER_ID, **{LABEL: chosen.churned.cast("float64")})
