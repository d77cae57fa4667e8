"""Whom a rule speaks of, and the column that says what came true of them."""

import ibis.expr.types as ir

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID
from training.labels.window import LabelWindow, between

LABEL = "label"


def distinct(rows: ir.Table) -> ir.Table:
    """The customers of `rows`, each once."""
    return rows.select(CUSTOMER_ID).distinct()


def within(people: ir.Table, rows: ir.Table) -> ir.Table:
    """Those of `people` who have any of `rows`."""
    return people.semi_join(rows, CUSTOMER_ID)


def seen(bank: Bank, window: LabelWindow, people: ir.Table) -> ir.Table:
    """Those of whom the window can tell: with monthly flags, the ones with a row in it."""
    months = bank.observed_months
    if months is None:
        return people
    return within(people, months.filter(between(months.as_of, window.start, window.end)))


def absent(people: ir.Table, rows: ir.Table) -> ir.Table:
    """`people` with label 1.0 where they have none of `rows`, else 0.0."""
    return people.mutate(**{LABEL: people[CUSTOMER_ID].notin(rows[CUSTOMER_ID]).cast("float64")})
