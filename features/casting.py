"""Casts that yield null, never an error, for a value that does not fit: checking counts those afterwards."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

WHOLE = r"^-?(0|[1-9][0-9]{0,17})$"
"""An integer as text, spelt the one canonical way: `0012` is a code, not a number."""

UNKNOWN = ("", "na", "n/a", "nan", "null", "none")
"""Words for no value, where a number, date or truth is expected; in text columns they stay as they are."""


def cast(column: ir.Column, type_name: str) -> ir.Column:
    """`column` in the given Ibis type, null where a value does not fit; NaN counts as unknown.

    Timestamps come out naive, in UTC. Whole numbers and truths are never rounded into being.
    """
    target = dt.dtype(type_name)
    if target.is_floating():
        number = column.try_cast(target)
        return ibis.ifelse(number.isnan(), ibis.null(target), number)
    if column.type().copy(nullable=True) == target:
        return column
    if target.is_string():
        return column.cast(target)
    if target.is_integer():
        return _whole(column)
    if target.is_boolean():
        return _truth(column)
    # A bare number is no date: as text it is refused, not guessed at.
    column = column if column.type().is_temporal() else column.cast("string")
    if target.is_timestamp() and column.type().is_string():
        column = column.try_cast(dt.Timestamp(timezone="UTC"))  # heeds an offset, where the text has one
    return column.try_cast(target)


def given(column: ir.Column, type_name: str) -> ir.BooleanColumn:
    """Whether there is a value at all, where one of the given type is expected."""
    if column.type().is_floating():
        return column.notnull() & ~column.isnan()
    if column.type().is_string() and type_name != "string":
        return column.notnull() & column.strip().lower().notin(UNKNOWN)
    return column.notnull()


def _whole(column: ir.Column) -> ir.Column:
    if column.type().is_string():
        return ibis.ifelse(
            column.strip().re_search(WHOLE), column.strip().try_cast("int64"), ibis.null("int64")
        )
    number = column.try_cast("int64")
    return ibis.ifelse(number == column, number, ibis.null("int64"))


def _truth(column: ir.Column) -> ir.Column:
    number = column.try_cast("float64")
    truth = ibis.ifelse(number.isin((0.0, 1.0)), number == 1, ibis.null("boolean"))
    return ibis.coalesce(truth, column.try_cast("boolean")) if column.type().is_string() else truth
