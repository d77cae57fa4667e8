"""Look-back windows and the aggregates over them, in the shape that DuckDB and Spark both run.

No FILTERed aggregates, no DISTINCT, sums of float64 only, and divisions of float64 only: what DuckDB and
Spark read alike, and DuckDB runs fastest.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day, days_earlier, midnight
from features.vocabulary import CUSTOMER_ID, Table

DECIMALS = 4
"""Parallel sums differ in their last bits from run to run; rounded here, equal data give equal features.

Amounts in whole cents lie on this grid, so that the rounding also frees their sums of floating-point noise.
"""


@ibis.udf.agg.builtin(name="max_by", signature=((dt.float64, dt.date), dt.float64))
def newest(value, day):  # type: ignore[no-untyped-def]  # the signature above is what ibis reads
    """The value of the latest day, float64; pairs with a null are passed over."""


def days_before(when: ir.Column, snapshot: Day) -> ir.IntegerColumn:
    """Whole days from a date or timestamp to the snapshot: 1 is the day before it, whatever the hour."""
    day = when if when.type().is_date() else when.date()
    return ibis.date(snapshot).delta(day, unit="day")


def since(table: ir.Table, when: str, snapshot: Day, days: int) -> ir.Table:
    """The rows of the last `days` before the snapshot; a bare comparison, to skip files unread."""
    first = days_earlier(snapshot, days)
    return table.filter(table[when] >= (first if table[when].type().is_date() else midnight(first)))


def only(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    """`value` where the condition holds, else null."""
    return ibis.ifelse(condition, value, ibis.null(value.type()))


def flag(condition: ir.BooleanValue) -> ir.FloatingValue:
    """1.0 where the condition holds, else 0.0, also where it is unknown."""
    return ibis.ifelse(condition, 1.0, 0.0)


def count_if(condition: ir.BooleanValue) -> ir.FloatingScalar:
    """How many rows meet the condition, float64."""
    return flag(condition).sum()


def sum_if(condition: ir.BooleanValue, value: ir.NumericValue) -> ir.FloatingScalar:
    """The sum of `value` over the rows that meet the condition, float64; 0 where none does."""
    return ibis.ifelse(condition, value.cast("float64"), 0.0).sum()


def steady(value: ir.FloatingValue) -> ir.FloatingValue:
    """`value` rounded to `DECIMALS`, so that it does not depend on the order of a parallel sum."""
    return value.round(DECIMALS)


def ratio(numerator: ir.NumericValue, denominator: ir.NumericValue) -> ir.FloatingValue:
    """The quotient in float64; null where the denominator is 0."""
    return numerator.cast("float64") / denominator.cast("float64").nullif(0.0)


def customers(bank: Bank) -> ir.Table:
    """The bank's customers, one row each: customer_id."""
    return bank.table(Table.CUSTOMERS).select(CUSTOMER_ID)


def per_customer(
    bank: Bank,
    table: Table,
    rows: ir.Table,
    amounts: Mapping[str, ir.Value],
    others: Mapping[str, ir.Value] | None = None,
) -> ir.Table:
    """Aggregate `rows` by customer and give every customer of the bank a row.

    A customer without rows has 0 in `amounts` (counts and sums) and null in `others` (recencies, means); all
    are null where the bank does not bring `table` at all.
    """
    found = rows.group_by(CUSTOMER_ID).aggregate(**amounts, **(others or {}))
    joined = joined_to_customers(bank, found)
    return joined.fill_null(dict.fromkeys(amounts, 0.0)) if table in bank.present else joined


def joined_to_customers(bank: Bank, found: ir.Table) -> ir.Table:
    """Every customer of the bank, with the columns of `found` (at most one row a customer) or nulls."""
    joined = customers(bank).left_join(found, CUSTOMER_ID)
    return joined.select(CUSTOMER_ID, *(name for name in found.columns if name != CUSTOMER_ID))
