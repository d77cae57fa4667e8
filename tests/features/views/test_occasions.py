"""Days to the next birthday and anniversary, against a calendar."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from features.bank import Source
from features.views.occasions import VIEW
from features.vocabulary import Table

Row = dict[str, Any]
Make = Callable[..., Any]


def days_to(day: date, snapshot: date) -> int:
    """Day by day, until the calendar shows it again; 29 February shows as 1 March where there is none."""
    ahead = 0
    while True:
        there = snapshot + timedelta(days=ahead)
        leap = there.year % 4 == 0
        wanted = (3, 1) if (day.month, day.day) == (2, 29) and not leap else (day.month, day.day)
        if (there.month, there.day) == wanted:
            return ahead
        ahead += 1


@pytest.mark.parametrize(
    "snapshot", [date(2024, 3, 1), date(2023, 2, 28), date(2024, 2, 29), date(2023, 12, 31), date(2022, 6, 1)]
)
def test_every_day_of_the_year(bank_of: Make, features_of: Make, snapshot: date) -> None:
    born = [date(1980, 1, 1) + timedelta(days=number) for number in range(366)]
    rows = [
        {"customer_id": place, "birth_date": day, "joined_on": day.replace(year=2000)}
        for place, day in enumerate(born)
    ]
    found = features_of(VIEW, bank_of({Table.CUSTOMERS: rows}), snapshot)
    for place, day in enumerate(born):
        ahead = days_to(day, snapshot)
        assert found[place] == {
            "occasions_days_to_birthday": ahead,
            "occasions_days_to_anniversary": ahead,
        }


def test_the_unknown_stays_unknown(bank_of: Make, features_of: Make) -> None:
    snapshot = date(2024, 3, 1)
    rows = [{"customer_id": 1, "birth_date": None, "joined_on": None}]
    assert set(features_of(VIEW, bank_of({Table.CUSTOMERS: rows}), snapshot)[1].values()) == {None}


def test_a_year_of_birth_is_no_birthday(bank_of: Make, features_of: Make) -> None:
    rows = [{"customer_id": 1, "birth_date": date(1980, 7, 1)}]
    bank = bank_of({Table.CUSTOMERS: rows})
    years = Source(bank.table(Table.CUSTOMERS), {"birth_year": "int64"})
    found = features_of(VIEW, replace(bank, sources={Table.CUSTOMERS: years}), date(2024, 6, 28))
    assert found[1]["occasions_days_to_birthday"] is None
    assert not VIEW.for_models
