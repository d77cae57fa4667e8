"""What the customer came with: complaints and how they ended, enquiries, visits, logins."""

import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day, midnight
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table
from features.windows import count_if, days_before, only, per_customer

DAY_SECONDS = 86400.0

WINDOWS = {
    "complaint": (30, 90, 365),
    "enquiry": (30, 90, 365),
    "visit": (30, 90, 365),
    "login": (30, 90),
}
"""Windows, in days, by kind of interaction."""

PLURAL = {"complaint": "complaints", "enquiry": "enquiries", "visit": "visits", "login": "logins"}


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """Counts by kind and window, days since the last of each kind, and how complaints were dealt with.

    A complaint is open until it is known to be resolved; `interactions_complaints_open_days_max` and `_mean`
    tell how long those have waited by the snapshot, null where none is open.
    `interactions_resolution_days_mean` is over the complaints resolved within the last 365 days, from opening
    to resolution.
    """
    table = bank.table(Table.INTERACTIONS)
    now = midnight(snapshot).epoch_seconds()
    rows = table.mutate(
        day=days_before(table["at"], snapshot),
        resolved_day=days_before(table.resolved_at, snapshot),
        waited_seconds=(now - table["at"].epoch_seconds()).cast("float64"),
        took_seconds=(table.resolved_at.epoch_seconds() - table["at"].epoch_seconds()).cast("float64"),
    )
    complaint = rows.kind == "complaint"
    resolved = complaint & (rows.resolved_day <= 365)
    still_open = complaint & rows.resolved_at.isnull()
    waited = only(still_open, rows.waited_seconds)
    counts = {
        f"interactions_{PLURAL[kind]}_{days}d": count_if((rows.kind == kind) & (rows.day <= days))
        for kind, windows in WINDOWS.items()
        for days in windows
    }
    counts["interactions_complaints_open"] = count_if(still_open)
    counts["interactions_complaints_resolved_365d"] = count_if(resolved)
    others: dict[str, ir.Value] = {
        f"interactions_days_since_last_{kind}": only(rows.kind == kind, rows.day).min().cast("float64")
        for kind in WINDOWS
    }
    others["interactions_days_since_last"] = rows.day.min().cast("float64")
    others["interactions_complaints_open_days_max"] = waited.max() / DAY_SECONDS
    others["interactions_complaints_open_days_mean"] = waited.mean() / DAY_SECONDS
    others["interactions_resolution_days_mean"] = only(resolved, rows.took_seconds).mean() / DAY_SECONDS
    found = per_customer(bank, Table.INTERACTIONS, rows, counts, others)
    return found.select(CUSTOMER_ID, *counts, *others)


VIEW = View("interactions", "Complaints, enquiries, visits and logins.", compute)
