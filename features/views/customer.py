"""Who the customer is: age, tenure, kind, and whatever else the bank's customer table says."""

import ibis.expr.types as ir

from features.bank import Bank
from features.columns import COLUMNS
from features.days import Day
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table
from features.windows import days_before, only

DAYS_PER_YEAR = 365.25
CANONICAL = frozenset(column.name for column in COLUMNS[Table.CUSTOMERS])


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """Age (years), tenure (days), kind, and `customer_<column>` for every further column.

    A date among the further columns becomes days before the snapshot; one at or after it becomes null, since
    this table keeps no history that could tell whether the date was known yet. A further column `age_years`
    or `tenure_days` stands in place of ours.
    """
    table = bank.table(Table.CUSTOMERS)
    further = [name for name in table.columns if name not in CANONICAL]
    features = {
        "customer_age_years": days_before(table.birth_date, snapshot).cast("float64") / DAYS_PER_YEAR,
        "customer_tenure_days": days_before(table.joined_on, snapshot).cast("float64"),
        "customer_kind": table.kind,
    }
    features |= {f"customer_{name}": _past(table[name], snapshot) for name in further}
    return table.select(CUSTOMER_ID, **features)


def described(column: ir.Column, snapshot: Day) -> ir.Column:
    """A column as a feature: text as it is, numbers and truths float64, dates days before the snapshot."""
    if column.type().is_string():
        return column
    if column.type().is_temporal():
        return days_before(column, snapshot).cast("float64")
    if column.type().is_boolean():
        return column.cast("int64").cast("float64")
    return column.cast("float64")


def _past(column: ir.Column, snapshot: Day) -> ir.Column:
    feature = described(column, snapshot)
    return only(feature > 0.0, feature) if column.type().is_temporal() else feature


VIEW = View("customer", "Who the customer is: age, tenure, kind and the bank's own columns.", compute)
