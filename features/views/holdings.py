"""What the customer holds: each product, when it was opened or closed, and the changes month by month."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day, months_earlier
from features.views import View
from features.vocabulary import CUSTOMER_ID, DAYS_PER_MONTH, Table
from features.windows import count_if, days_before, flag, only, per_customer

MONTHS = 5
"""How many months back `holdings_history_<product>` and `holdings_count_<k>m_ago` look."""

CHANGE_MONTHS = (1, 3, 6)


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """Per product and over all of them. A holding without a date of opening was opened before all else known.

    Per product: `held` (0/1), `months_since_opened` and `months_since_closed` (of the latest such event), and
    `history`: held one month ago counts 16, two 8, three 4, four 2 and five months ago 1, so that the number
    tells all five months and a higher one means held more recently. Over all: open holdings now and one to
    five months ago, openings and closings of the last 1, 3 and 6 months, months since the last of either,
    distinct categories held, and the catalogue's annual value of the products held.
    """
    rows = _known_at_months(bank.table(Table.HOLDINGS), snapshot)
    counts, recencies = _counts(rows, snapshot), _recencies(bank, rows)
    held = {
        f"{product}:{back}": flag((rows["product"] == product) & rows[f"held_{back}"]).max()
        for product in bank.spec.products
        for back in range(MONTHS + 1)
    }
    found = per_customer(bank, Table.HOLDINGS, rows, counts | held, recencies)
    return found.select(CUSTOMER_ID, *counts, *recencies, **_of_products(bank, found))


def held_at(table: ir.Table, day: Day) -> ir.BooleanValue:
    """Whether each holding was open on the eve of `day`."""
    opened = table.opened_on.isnull() | (table.opened_on < ibis.date(day))
    return opened & (table.closed_on.isnull() | (table.closed_on >= ibis.date(day)))


def _known_at_months(table: ir.Table, snapshot: Day) -> ir.Table:
    months = {f"held_{back}": held_at(table, months_earlier(snapshot, back)) for back in range(MONTHS + 1)}
    return table.mutate(
        since_opened=days_before(table.opened_on, snapshot).cast("float64") / DAYS_PER_MONTH,
        since_closed=days_before(table.closed_on, snapshot).cast("float64") / DAYS_PER_MONTH,
        **months,
    )


def _counts(rows: ir.Table, snapshot: Day) -> dict[str, ir.Value]:
    counts: dict[str, ir.Value] = {"holdings_count": count_if(rows.held_0)}
    for back in range(1, MONTHS + 1):
        counts[f"holdings_count_{back}m_ago"] = count_if(rows[f"held_{back}"])
    for months in CHANGE_MONTHS:
        since = months_earlier(snapshot, months)
        counts[f"holdings_openings_{months}m"] = count_if(rows.opened_on >= since)
        counts[f"holdings_closings_{months}m"] = count_if(rows.closed_on >= since)
    return counts


def _recencies(bank: Bank, rows: ir.Table) -> dict[str, ir.Value]:
    months: dict[str, ir.Value] = {}
    for event in ("opened", "closed"):
        since = rows[f"since_{event}"]
        months[f"holdings_months_since_{event}"] = since.min()
        for product in bank.spec.products:
            its = rows["product"] == product
            months[f"holdings_months_since_{event}_{product}"] = only(its, since).min()
    return months


def _of_products(bank: Bank, found: ir.Table) -> Mapping[str, ir.Value]:
    """What follows from which product was held when: columns `<product>:<months back>` hold 0 or 1."""
    products = bank.spec.products
    held = {product: found[f"{product}:0"] for product in products}
    categories: dict[str, list[ir.Value]] = {}
    for product in products:
        categories.setdefault(products[product].category, []).append(held[product])
    nothing = ibis.literal(0.0) + found.holdings_count * 0.0  # null where there is no holdings table
    features = {
        "holdings_categories": sum((ibis.greatest(*its) for its in categories.values()), nothing),
        "holdings_annual_value": sum(
            (held[product] * products[product].annual_value for product in products), nothing
        ),
    }
    for product in products:
        months = (found[f"{product}:{back}"] * 2.0 ** (MONTHS - back) for back in range(1, MONTHS + 1))
        features[f"holdings_held_{product}"] = held[product]
        features[f"holdings_history_{product}"] = sum(months, nothing)
    return features


VIEW = View("holdings", "Products held, opened and closed, and month-on-month changes.", compute)
