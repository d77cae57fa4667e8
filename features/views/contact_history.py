"""Every contact of the last year, one by one: what contact rules count over windows of any length."""

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.contact_entries import DAY_DIGITS, ENTRY_END, FEATURE, FIELD_END, HISTORY_DAYS
from features.days import Day
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table
from features.windows import days_before, joined_to_customers, only, since


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """`contact_history`: a text (see `contact_entries`) with an entry a contact, null for who had none.

    The newest come first. One text and not a count by action, channel and window: at 20 actions those would
    be more than 300 columns, and windows of other lengths unknown.
    Customers of the control arm were chosen but not contacted. A refusal counts from when it was known.
    """
    recent = since(bank.table(Table.CONTACTS), "at", snapshot, HISTORY_DAYS)
    made = recent.filter(ibis.coalesce(recent.arm, "treatment") != "control")
    declined = only(made.outcome == "declined", ibis.coalesce(made.outcome_at, made["at"]))
    entries = made.select(
        CUSTOMER_ID,
        entry=_days(made["at"], snapshot)
        + FIELD_END
        + ibis.coalesce(_days(declined, snapshot), "")
        + FIELD_END
        + _plain(made.action)
        + FIELD_END
        + ibis.coalesce(_plain(made.channel), ""),
    )
    found = entries.group_by(CUSTOMER_ID).aggregate(entries=entries.entry.collect())
    # Sorted, so that equal contacts give equal texts whatever order they were read in.
    told = found.select(CUSTOMER_ID, **{FEATURE: found.entries.sort().join(ENTRY_END)})
    return joined_to_customers(bank, told)


def _days(when: ir.Column, snapshot: Day) -> ir.StringColumn:
    return days_before(when, snapshot).cast("string").lpad(DAY_DIGITS, "0")


def _plain(name: ir.StringColumn) -> ir.StringColumn:
    """A name without the characters that end entries and fields."""
    return name.replace(ENTRY_END, "_").replace(FIELD_END, "_")


VIEW = View(FEATURE, "Single contacts of the last year, for contact rules.", compute, for_models=False)
