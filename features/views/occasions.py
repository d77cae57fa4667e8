"""The customer's next days of note: the birthday, and the day of joining the bank."""

from typing import Final

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.columns import BIRTH_YEAR
from features.days import Day
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table

DAYS_BEFORE_MONTH: Final = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)
"""In a leap year, in which every birthday exists."""

LEAP_YEAR_DAYS: Final = 366
LEAP_DAY: Final = 60


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """`occasions_days_to_birthday` and `occasions_days_to_anniversary`: 0 on the day itself, up to 365.

    Who was born on 29 February has the birthday on 1 March in other years. The birthday is null at a bank
    that knows years of birth only.
    """
    table = bank.table(Table.CUSTOMERS)
    year_only = Table.CUSTOMERS in bank.sources and BIRTH_YEAR.name in bank.sources[Table.CUSTOMERS].types
    birthday = ibis.null("float64") if year_only else _days_to(table.birth_date, snapshot)
    joined = table.joined_on < ibis.date(snapshot)
    anniversary = ibis.ifelse(joined, _days_to(table.joined_on, snapshot), ibis.null("float64"))
    return table.select(
        CUSTOMER_ID, occasions_days_to_birthday=birthday, occasions_days_to_anniversary=anniversary
    )


def _days_to(day: ir.DateColumn, snapshot: Day) -> ir.FloatingColumn:
    """Days from the snapshot to the next return of a day of the year."""
    here = _day_of_leap_year(ibis.date(snapshot))
    ahead = (_day_of_leap_year(day) - here + LEAP_YEAR_DAYS) % LEAP_YEAR_DAYS
    to_leap_day = (LEAP_DAY - here + LEAP_YEAR_DAYS) % LEAP_YEAR_DAYS
    year = ibis.date(snapshot).year() + ibis.ifelse(here > LEAP_DAY, 1, 0)
    passes_none = ~_is_leap(year) & (ahead > to_leap_day)
    return ibis.ifelse(passes_none, ahead - 1, ahead).cast("float64")


def _day_of_leap_year(day: ir.DateValue) -> ir.IntegerValue:
    months = enumerate(DAYS_BEFORE_MONTH, start=1)
    before = ibis.cases(*((day.month() == number, days) for number, days in months), else_=ibis.null("int64"))
    return before + day.day()


def _is_leap(year: ir.IntegerValue) -> ir.BooleanValue:
    return (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))


VIEW = View("occasions", "Days to the next birthday and anniversary.", compute, for_models=False)
