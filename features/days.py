"""Days in expressions: a date, or the snapshot that the engine is told of only as it runs.

What is composed of `SNAPSHOT` serves every snapshot. Ibis takes longer to compose a view's query than DuckDB
takes to answer it for some thousand customers.
"""

from datetime import date, datetime
from typing import Final, TypeAlias

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.errors import BadInputError

Day: TypeAlias = date | ir.DateScalar

NAME: Final = "snapshot"


@ibis.udf.scalar.builtin(name="getvariable", signature=(("string",), "date"))
def _told(variable):  # type: ignore[no-untyped-def]  # the signature above is what ibis reads
    """A session's variable: DuckDB puts its value in before it plans, and skips files as for a date."""


SNAPSHOT: Final[ir.DateScalar] = _told(NAME)


def tell(connection: Backend, snapshot: date) -> None:
    """Let `SNAPSHOT` stand for this date in what `connection` runs from here on."""
    connection.raw_sql(f"SET VARIABLE {NAME} = DATE '{snapshot}'")


def as_day(given: date | str) -> date:
    """The calendar date that a date, a moment or ISO text stands for.

    Raises BadInputError for anything else.
    """
    if isinstance(given, date):
        return given.date() if isinstance(given, datetime) else given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{given!r} is not a date; expected YYYY-MM-DD") from error


def midnight(day: Day) -> ir.TimestampScalar:
    """The moment at which a day begins, 00:00."""
    return ibis.date(day).cast("timestamp")


def days_earlier(day: Day, days: int) -> ir.DateScalar:
    """So many days before a day."""
    return ibis.date(day) - ibis.interval(days=days)


def months_earlier(day: Day, months: int) -> ir.DateScalar:
    """The same day of an earlier month, or that month's last day."""
    return ibis.date(day) - ibis.interval(months=months)
