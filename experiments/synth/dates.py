"""The simulation's calendar: months counted from its first day, days counted from 1970-01-01."""

from dataclasses import dataclass
from datetime import date

EPOCH = date(1970, 1, 1)
QUIET_DAYS = 2
"""Nobody opens or closes an account on a month's first two days; campaigns start on them."""


@dataclass(frozen=True)
class Calendar:
    """`months` whole months from `first` (the first of a month); label windows of `horizon_days` days."""

    first: date
    months: int
    horizon_days: int = 90

    def month_first(self, month: int) -> date:
        """The first day of a month; month `months` is the day after the data's end."""
        count = self.first.year * 12 + self.first.month - 1 + month
        return date(count // 12, count % 12 + 1, 1)

    def start(self, month: int) -> int:
        """A month's first day, as a day number."""
        return (self.month_first(month) - EPOCH).days

    def days(self, month: int) -> int:
        """How many days a month has."""
        return self.start(month + 1) - self.start(month)

    @property
    def first_snapshot(self) -> int:
        """The month of the first snapshot: three eighths of the history lie before it, to fill look-backs."""
        return max(1, self.months * 3 // 8)

    def window_shares(self, month: int) -> list[float]:
        """Share of each month's opening and closing days that the label window from `month`'s first covers.

        Ends with the last month touched; with a horizon of at most 90 days it has at most three entries.
        """
        shares: list[float] = []
        left = self.horizon_days
        while left > QUIET_DAYS:
            days = self.days(month + len(shares))
            shares.append((min(left, days) - QUIET_DAYS) / (days - QUIET_DAYS))
            left -= days
        return shares
