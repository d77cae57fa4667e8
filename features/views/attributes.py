"""What changes about a customer over time: the newest attributes, and how the numbers moved."""

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.columns import COLUMNS
from features.days import Day
from features.views import View
from features.views.customer import described
from features.vocabulary import CUSTOMER_ID, Table
from features.windows import days_before, joined_to_customers, only

CANONICAL = frozenset(column.name for column in COLUMNS[Table.ATTRIBUTES])


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """`attributes_<column>` of the newest row, `attributes_<column>_change` against the row before it.

    Only numbers have a change. `attributes_days_since_last` is the age of the newest row.
    """
    table = bank.table(Table.ATTRIBUTES)
    further = [name for name in table.columns if name not in CANONICAL]
    ranked = _newest_first(table)
    rows = ranked.select(
        CUSTOMER_ID,
        "place",
        days=days_before(ranked.as_of, snapshot).cast("float64"),
        **{name: described(ranked[name], snapshot) for name in further},
    )
    features = {"attributes_days_since_last": _at(rows, "days", 0)}
    for name in further:
        features[f"attributes_{name}"] = _at(rows, name, 0)
    for name in further:
        if table[name].type().is_numeric():
            # A bank's own column of that name has the say.
            features.setdefault(f"attributes_{name}_change", _at(rows, name, 0) - _at(rows, name, 1))
    return joined_to_customers(bank, rows.group_by(CUSTOMER_ID).aggregate(**features))


def _newest_first(table: ir.Table) -> ir.Table:
    """The two newest rows of each customer, numbered 0 and 1 in `place`."""
    newest_first = ibis.window(group_by=CUSTOMER_ID, order_by=ibis.desc("as_of"))
    numbered = table.mutate(place=ibis.row_number().over(newest_first))
    return numbered.filter(numbered.place <= 1)


def _at(rows: ir.Table, name: str, place: int) -> ir.Scalar:
    return only(rows.place == place, rows[name]).max()


VIEW = View("attributes", "The newest attributes of the customer, and their change.", compute)
