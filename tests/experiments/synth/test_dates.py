"""The simulation's calendar."""

from datetime import date

import pytest

from experiments.synth.dates import Calendar

CALENDAR = Calendar(date(2023, 1, 1), 24)


def test_months_run_over_the_year_and_know_their_days() -> None:
    assert [CALENDAR.month_first(month) for month in (0, 11, 12, 24)] == [
        date(2023, 1, 1), date(2023, 12, 1), date(2024, 1, 1), date(2025, 1, 1),
    ]  # fmt: skip
    assert [CALENDAR.days(month) for month in (0, 1, 13)] == [31, 28, 29]
    assert CALENDAR.start(0) == 19358  # 2023-01-01 is so many days after 1970-01-01
    assert CALENDAR.month_first(CALENDAR.first_snapshot) == date(2023, 10, 1)


@pytest.mark.parametrize(
    ("month", "shares"),
    [
        (0, [1, 1, 1]),  # 31 + 28 + 31 days: January to March whole
        (1, [1, 1, 1]),  # February to April have 89 days; the 1st of May, the 90th, is a quiet day
        (6, [1, 1, 26 / 28]),  # July and August leave 28 of September's 30 days, 2 of them quiet
    ],
)
def test_a_window_covers_its_share_of_each_months_busy_days(month: int, shares: list[float]) -> None:
    assert CALENDAR.window_shares(month) == pytest.approx(shares)
