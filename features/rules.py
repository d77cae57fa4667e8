"""The kinds of rule that rows of a table can be held to, each a boolean Ibis expression."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from features.casting import cast, given
from features.vocabulary import CUSTOMER_ID

TYPE_WORDS: Final = {
    "int64": "a whole number",
    "float64": "a number",
    "date": "a date, as 2024-12-31",
    "timestamp": "a time, as 2024-12-31 23:59:59",
    "boolean": "true or false",
    "string": "text",
}


@dataclass(frozen=True)
class Rule:
    """What must hold of every row; a row of which `holds` is null keeps it.

    `column` and `says` name the rule to the user; an example of its breach shows the columns `shown`, and the
    nearest of the words `known`.
    """

    column: str
    says: str
    holds: Callable[[ir.Table], ir.BooleanValue]
    shown: tuple[str, ...]
    known: tuple[str, ...] = ()


def there(column: str, type_name: str) -> Rule:
    """A value must be there. For a table as the bank wrote it."""
    return Rule(column, "must be there", lambda row: given(row[column], type_name), _with_customer(column))


def there_unless(column: str, other: str, word: str) -> Rule:
    """A text must be there, and not empty, unless another column says `word`."""

    def holds(row: ir.Table) -> ir.BooleanValue:
        return (ibis.coalesce(row[column], "") != "") | (ibis.coalesce(row[other], "") == word)

    return Rule(column, f"must be there unless {other} is {word}", holds, (CUSTOMER_ID, column, other))


def typed(column: str, type_name: str) -> Rule:
    """A value that is there must be of the type. For a table as the bank wrote it."""

    def holds(row: ir.Table) -> ir.BooleanValue:
        return ~given(row[column], type_name) | cast(row[column], type_name).notnull()

    return Rule(column, f"must be {TYPE_WORDS[type_name]}", holds, _with_customer(column))


def year(column: str) -> Rule:
    """A year has four digits. For a table as the bank wrote it."""

    def holds(row: ir.Table) -> ir.BooleanValue:
        return cast(row[column], "int64").between(1000, 9999)

    return Rule(column, "must be a year of four digits", holds, _with_customer(column))


def past(column: str, today: date) -> Rule:
    """A date or time must not lie after `today`."""
    tomorrow = today + timedelta(days=1)

    def holds(row: ir.Table) -> ir.BooleanValue:
        return row[column] < (ibis.date(tomorrow) if row[column].type().is_date() else _midnight(tomorrow))

    return Rule(column, f"must not be after today, {today}", holds, _with_customer(column))


def ordered(earlier: str, later: str) -> Rule:
    """One date or time must not lie before another of its row."""
    return Rule(
        later,
        f"must not be before {earlier}",
        lambda row: row[later] >= row[earlier],
        (CUSTOMER_ID, earlier, later),
    )


def finite(column: str) -> Rule:
    """A number must not be infinite."""
    return Rule(column, "must be finite", lambda row: ~row[column].isinf(), _with_customer(column))


def between(column: str, low: float, high: float) -> Rule:
    """A number must lie in [low, high]."""
    says = f"must be between {low:g} and {high:g}"
    return Rule(column, says, lambda row: row[column].between(low, high), _with_customer(column))


def one_of(column: str, known: Iterable[str], says: str = "") -> Rule:
    """A text must be one of the known ones."""
    words = tuple(known)
    says = says or f"must be one of {', '.join(words)}"
    return Rule(column, says, lambda row: row[column].isin(words), _with_customer(column), words)


def flag(column: str) -> Rule:
    """A number must be 0 or 1."""
    return Rule(column, "must be 0 or 1", lambda row: row[column].isin((0.0, 1.0)), _with_customer(column))


def unique(columns: tuple[str, ...], apart: str) -> Rule:
    """No two rows may agree in all of the columns and in `apart`, where two nulls agree.

    A row without the first of the columns keeps the rule.
    """
    key = (*columns, apart)

    def holds(row: ir.Table) -> ir.BooleanValue:
        return row[columns[0]].isnull() | (row.count().over(ibis.window(group_by=key)) == 1)

    return Rule(", ".join(columns), "must be unique", holds, key)


def customer(customers: ir.Table) -> Rule:
    """A row's customer must be in the customers table."""
    ids = customers.filter(customers[CUSTOMER_ID].notnull())[CUSTOMER_ID]
    return Rule(
        CUSTOMER_ID, "must be in the table customers", lambda row: row[CUSTOMER_ID].isin(ids), (CUSTOMER_ID,)
    )


def matching(column: str, form: str, says: str) -> Rule:
    """A text must match a regular expression."""
    return Rule(column, says, lambda row: row[column].re_search(form), _with_customer(column))


def _with_customer(column: str) -> tuple[str, ...]:
    return (CUSTOMER_ID,) if column == CUSTOMER_ID else (CUSTOMER_ID, column)


def _midnight(day: date) -> ir.TimestampScalar:
    return ibis.timestamp(day.isoformat())
