"""What the bank offered, and what became of it, as far as it was known."""

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table
from features.windows import count_if, days_before, only, per_customer, ratio

OFFER_WINDOWS_DAYS = (30, 90, 365)
YEAR_DAYS = 365


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """Offers made over 30/90/365 days, by kind and outcome over 365, and days since the last of them.

    Customers of the control arm were chosen but not contacted: their rows are no offers. The rate of
    acceptance is accepted over made, within 365 days; an acceptance counts from when it was known.
    """
    table = bank.table(Table.CONTACTS)
    made = table.filter(ibis.coalesce(table.arm, "treatment") != "control")
    rows = made.mutate(
        day=days_before(made["at"], snapshot),
        outcome_day=days_before(ibis.coalesce(made.outcome_at, made["at"]), snapshot),
    )
    year = rows.day <= YEAR_DAYS
    counts = {f"contacts_offers_{days}d": count_if(rows.day <= days) for days in OFFER_WINDOWS_DAYS}
    counts |= {
        "contacts_retention_offers_365d": count_if(year & (rows.action == "retain")),
        "contacts_cross_sell_offers_365d": count_if(year & rows.action.startswith("cross_sell:")),
        "contacts_accepted_365d": count_if(year & (rows.outcome == "accepted")),
        "contacts_declined_365d": count_if(year & (rows.outcome == "declined")),
    }
    others = {
        "contacts_days_since_last_offer": rows.day.min().cast("float64"),
        "contacts_days_since_last_accepted": only(rows.outcome == "accepted", rows.outcome_day)
        .min()
        .cast("float64"),
    }
    found = per_customer(bank, Table.CONTACTS, rows, counts, others)
    rate = ratio(found.contacts_accepted_365d, found.contacts_offers_365d)
    return found.select(CUSTOMER_ID, *counts, *others, contacts_acceptance_rate_365d=rate)


VIEW = View("contacts", "Offers made to the customer and their outcomes.", compute)
