"""Holdings by when they were opened and closed."""

from datetime import date

import ibis
import ibis.expr.types as ir

from training.labels.window import between


def open_now(known: ir.Table) -> ir.Table:
    """Holdings open as far as is known, of a bank already cut in time."""
    return known.filter(known.closed_on.isnull())


def open_at(holdings: ir.Table, day: date) -> ir.Table:
    """Holdings open at `day`, 00:00."""
    begun = holdings.opened_on.isnull() | (holdings.opened_on < ibis.date(day))
    return holdings.filter(begun & (holdings.closed_on.isnull() | (holdings.closed_on >= ibis.date(day))))


def opened(holdings: ir.Table, start: date, end: date) -> ir.Table:
    """Holdings opened on a day of [start, end)."""
    return holdings.filter(between(holdings.opened_on, start, end))
