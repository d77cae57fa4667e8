"""What came true at last: within label windows and past them, as a status drawn with the data would say."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.endings import IN_THE_END, LATER, endings
from training.labels.labelled import churn_labels, product_labels

SNAPSHOTS = [date(2024, 1, 1), date(2024, 4, 1)]  # with 30 days' windows the data goes on long after both
CLOSED, OPEN, LAST = {"rule": "closed_all"}, date(2023, 1, 1), date(2024, 12, 31)
MakeBank = Callable[..., Bank]


def bank_of(make_bank: MakeBank, tables: dict[str, Any], **given: Any) -> Bank:
    people = {CUSTOMER_ID: sorted({row[CUSTOMER_ID] for rows in tables.values() for row in rows})}
    spec = {"snapshots": {"dates": SNAPSHOTS}, "window": {"horizon_days": 30}, **given}
    return make_bank({"customers": pa.table(people), **tables}, **spec)


def held(customer: int, opened: date, closed: date | None = None, product: str = "card") -> dict[str, Any]:
    return {CUSTOMER_ID: customer, "product": product, "opened_on": opened, "closed_on": closed}


def column(found: pa.Table, name: str) -> dict[int, float | None]:
    return dict(zip(found[CUSTOMER_ID].to_pylist(), found[name].to_pylist(), strict=True))


def test_leavers_are_those_who_are_gone_when_the_data_ends(make_bank: MakeBank) -> None:
    holdings = [
        held(1, OPEN, date(2024, 1, 10)),  # in the first window
        held(2, OPEN, date(2024, 4, 10)),  # in the second
        held(3, OPEN, date(2024, 9, 1)),  # after both
        held(4, OPEN),
        held(5, OPEN, date(2024, 1, 10)),  # in the first, but came back
        held(5, date(2024, 6, 1)),
        held(6, date(2024, 2, 1), date(2024, 4, 10)),  # not there at the first snapshot
        held(7, OPEN, LAST),
    ]
    bank = bank_of(make_bank, {"holdings": holdings}, churn=CLOSED)
    labels = churn_labels(bank, SNAPSHOTS).rename_columns([CUSTOMER_ID, SNAPSHOT_DATE, "churn"])
    found = endings(bank, labels)
    assert column(found, f"churn {LATER}") == {1: 1, 2: 1, 3: 0, 4: 0, 5: 1, 6: 1, 7: 0}
    assert column(found, f"churn {IN_THE_END}") == {1: 1, 2: 1, 3: 1, 4: 0, 5: 0, 6: None, 7: 1}


def test_products_are_those_held_when_the_data_ends(make_bank: MakeBank) -> None:
    holdings = [
        held(1, date(2024, 1, 10)),  # in the first window
        held(2, date(2024, 9, 1)),  # after both
        held(3, date(2024, 9, 1), date(2024, 10, 1)),  # and given back
        held(4, OPEN),  # had it all along
        held(5, OPEN, date(2024, 9, 1), "loan"),
        held(5, OPEN, LAST, "other"),
    ]
    products = {"card": {}}
    bank = bank_of(make_bank, {"holdings": holdings}, churn=CLOSED, products=products)
    found = endings(bank, product_labels(bank, SNAPSHOTS))
    assert column(found, f"card {LATER}") == {1: 1, 2: 0, 3: 0, 4: None, 5: 0}
    assert column(found, f"card {IN_THE_END}") == {1: 1, 2: 1, 3: 0, 4: None, 5: 0}
    assert column(found, f"churn {IN_THE_END}") == {
        1: None,
        2: None,
        3: None,
        4: 0,
        5: 1,
    }  # no model may know


def test_the_inactive_are_those_silent_in_the_last_days(make_bank: MakeBank) -> None:
    moved = {
        1: [],
        2: ["2024-12-20"],  # silent for a year but for these days
        3: ["2024-01-10", "2024-04-10", "2024-06-01"],  # silent only since summer
    }
    rows = [
        {CUSTOMER_ID: customer, "at": datetime.fromisoformat(day), "amount": 1.0}
        for customer, days in moved.items()
        for day in ("2023-12-20", *days)
    ]
    rows.append({CUSTOMER_ID: 2, "at": datetime.fromisoformat("2024-12-31"), "amount": 1.0})
    bank = bank_of(make_bank, {"transactions": rows}, churn={"rule": "inactive"})
    labels = churn_labels(bank, SNAPSHOTS).rename_columns([CUSTOMER_ID, SNAPSHOT_DATE, "churn"])
    found = endings(bank, labels)
    assert column(found, f"churn {LATER}") == {1: 1, 2: 1, 3: 0}
    assert column(found, f"churn {IN_THE_END}") == {1: 1, 2: 0, 3: 1}


def test_a_banks_own_labels_count_at_any_date(make_bank: MakeBank) -> None:
    told = [(1, SNAPSHOTS[0], True), (2, SNAPSHOTS[0], False), (2, date(2024, 9, 1), True)]
    told += [(3, date(2023, 1, 1), True), (3, SNAPSHOTS[0], False)]  # before the first snapshot: no ending
    rows = [{CUSTOMER_ID: who, SNAPSHOT_DATE: day, "churned": left} for who, day, left in told]
    bank = bank_of(make_bank, {"labels": rows}, churn={"rule": "labels"})
    labels = churn_labels(bank, SNAPSHOTS).rename_columns([CUSTOMER_ID, SNAPSHOT_DATE, "churn"])
    found = endings(bank, labels)
    assert column(found, f"churn {LATER}") == {1: 1, 2: 0, 3: 0}
    assert column(found, f"churn {IN_THE_END}") == {1: 1, 2: 1, 3: 0}
    assert endings(bank, labels.select([CUSTOMER_ID, SNAPSHOT_DATE])).column_names == [
        CUSTOMER_ID,
        f"churn {IN_THE_END}",
    ]
