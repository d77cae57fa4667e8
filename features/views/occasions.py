"""The customer's next days of note: the birthday, and the day of joining the bank."""

import calendar
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.columns import BIRTH_YEAR
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table

DAYS_BEFORE_MONTH: Final = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335)
"""In a leap year, in which every birthday exists."""

LEAP_YEAR_DAYS: Final = 366
LEAP_DAY: Final = 60


def compute(bank: Bank, snapshot: date) -> ir.Table:
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


def _days_to(day: ir.DateColumn, snapshot: date) -> ir.FloatingColumn:
    """Days from the snapshot to the next return of a day of the year."""
    month = day.month()
    before = ibis.cases(
        *((month == number, days) for number, days in enumerate(DAYS_BEFORE_MONTH, start=1)),
        else_=ibis.null("int64"),
    )
    here = DAYS_BEFORE_MONTH[snapshot.month - 1] + snapshot.day
    ahead = (before + day.day() - here + LEAP_YEAR_DAYS) % LEAP_YEAR_DAYS
    to_leap_day = (LEAP_DAY - here) % LEAP_YEAR_DAYS
    year = snapshot.year + (here > LEAP_DAY)
    if calendar.isleap(year):
        return ahead.cast("float64")
    return ibis.ifelse(ahead > to_leap_day, ahead - 1, ahead).cast("float64")


VIEW = View("occasions", "Days to the next birthday and anniversary.", compute, for_models=False)
