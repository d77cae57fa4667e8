"""What was known of a bank strictly before a snapshot: the one place where time is cut."""

from dataclasses import replace
from typing import Final

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day, midnight
from features.vocabulary import CUSTOMER_ID, RECORDED_AT, SNAPSHOT_DATE, Table
from features.wide import AS_OF, spells

EVENT: Final[dict[Table, str]] = {
    Table.CUSTOMERS: "joined_on",
    Table.ATTRIBUTES: "as_of",
    Table.HOLDINGS: "opened_on",
    Table.BALANCES: "as_of",
    Table.TRANSACTIONS: "at",
    Table.INTERACTIONS: "at",
    Table.CONTACTS: "at",
    Table.CONSENTS: "at",
}
"""The column that says when a row's fact came about."""

UNDATED: Final = frozenset({Table.CUSTOMERS, Table.HOLDINGS})
"""Tables whose fact may lack its date: it then came about before anything else known."""

LATER: Final[dict[Table, tuple[tuple[str, str], ...]]] = {
    Table.HOLDINGS: (("closed_on", "closed_on"),),
    Table.INTERACTIONS: (("resolved_at", "resolved_at"),),
    Table.CONTACTS: (("outcome", "outcome_at"), ("outcome_at", "outcome_at")),
}
"""Columns (fact, when) that become known after their row does."""

KEYS: Final[dict[Table, tuple[str, ...]]] = {
    Table.CUSTOMERS: (CUSTOMER_ID,),
    Table.ATTRIBUTES: (CUSTOMER_ID, AS_OF),
    Table.BALANCES: (CUSTOMER_ID, "product", AS_OF),
    Table.CONTACTS: ("contact_id",),
    Table.CONSENTS: (CUSTOMER_ID, "at", "purpose", "channel"),
    Table.LABELS: (CUSTOMER_ID, SNAPSHOT_DATE),
}
"""Columns that name a fact: rows alike in them restate it. Holdings and events have none: two accounts may
well open on one day."""

MONTH_KEY: Final = (CUSTOMER_ID, AS_OF)
"""What names a row of holdings in the wide layout."""


def before(bank: Bank, snapshot: Day) -> Bank:
    """The bank as it was known strictly before `snapshot`, 00:00 UTC.

    Rows whose event or record lies at or after it are gone; facts that came later in rows that stay are null
    (a closing, a resolution, an outcome; an outcome without its time counts as later). Of a fact told more
    than once, the row recorded last before it counts. No labels are left.
    """
    tables = {
        name: known_before(table, name, snapshot, recorded=bank.recorded(name))
        for name, table in bank.tables.items()
    }
    if bank.observed_months is None:
        return bank.with_tables(tables)
    months = _known_rows(bank.observed_months, AS_OF, snapshot)
    if bank.recorded(Table.HOLDINGS):
        months = newest_recorded(months, MONTH_KEY)
    return replace(bank, tables={**tables, Table.HOLDINGS: spells(months)}, observed_months=months)


def in_hindsight(bank: Bank, name: Table) -> ir.Table:
    """One table as it is known by now, whatever its date: of a fact told more than once, the last row."""
    table = bank.table(name)
    return newest_recorded(table, KEYS[name]) if name in KEYS and bank.recorded(name) else table


def population(bank: Bank, snapshot: Day) -> ir.Table:
    """The customers known before `snapshot`, one row each: customer_id."""
    customers, recorded = bank.table(Table.CUSTOMERS), bank.recorded(Table.CUSTOMERS)
    return known_before(customers, Table.CUSTOMERS, snapshot, recorded=recorded).select(CUSTOMER_ID)


def known_before(table: ir.Table, name: Table, snapshot: Day, *, recorded: bool = True) -> ir.Table:
    """One table of the design as it was known strictly before `snapshot`.

    Without times of recording, `recorded`, no fact can be told more than once.
    """
    if name not in EVENT:
        return table.limit(0)
    rows = _known_rows(table, EVENT[name], snapshot, undated=name in UNDATED)
    if recorded and name in KEYS:
        rows = newest_recorded(rows, KEYS[name])
    masked = {
        fact: ibis.ifelse(_is_before(rows[when], snapshot), rows[fact], ibis.null(rows[fact].type()))
        for fact, when in LATER.get(name, ())
    }
    return rows.mutate(**masked) if masked else rows


def newest_recorded(rows: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """One row a key: the one recorded last; a row that does not say when was recorded first of all."""
    order = [ibis.desc(RECORDED_AT, nulls_first=False)]
    numbered = rows.mutate(place=ibis.row_number().over(ibis.window(group_by=key, order_by=order)))
    return numbered.filter(numbered["place"] == 0).drop("place")


def _known_rows(table: ir.Table, event: str, snapshot: Day, *, undated: bool = False) -> ir.Table:
    """Rows whose event and record lie before `snapshot`; rows without an event time only if `undated`."""
    happened = _is_before(table[event], snapshot)
    if undated:
        happened = happened | table[event].isnull()
    recorded = table[RECORDED_AT]
    return table.filter(happened & (recorded.isnull() | _is_before(recorded, snapshot)))


def _is_before(column: ir.Column, snapshot: Day) -> ir.BooleanColumn:
    moment = ibis.date(snapshot) if column.type().is_date() else midnight(snapshot)
    return column < moment
