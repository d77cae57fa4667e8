"""A table that is missing, stale, thin or swollen is told by name; one that comes as usual is not."""

from datetime import date, timedelta
from typing import Any

import pytest

from training.monitor.tables import Watched, watch_tables

TRAINED = [date(2023, month, 1) for month in (6, 7, 8)]
SNAPSHOT = date(2024, 1, 1)
LEARNED = {"transactions_count_30d", "balances_total_last"}


def rows(last: date, a_day: int = 10, later: int | None = None) -> list[dict[str, Any]]:
    """So many transactions a day until `last`, `later` ones from October on."""
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range((last - date(2023, 1, 1)).days + 1)]
    return [
        {"customer_id": n % 5, "at": day.isoformat(), "amount": 1.0}
        for day in days
        for n in range(a_day if later is None or day < date(2023, 10, 1) else later)
    ]


@pytest.mark.parametrize(
    ("last", "later", "told"),
    [
        (date(2023, 12, 31), None, ""),
        (date(2023, 12, 29), None, ""),
        (date(2023, 11, 30), None, "stale"),
        (date(2023, 12, 31), 3, "thin"),
        (date(2023, 12, 31), 30, "swollen"),
    ],
)
def test_transactions(make_bank: Any, last: date, later: int | None, told: str) -> None:
    bank = make_bank(
        {"customers": [{"customer_id": n} for n in range(5)], "transactions": rows(last, 10, later)}
    )
    found = {one.name: one for one in watch_tables(bank, LEARNED, TRAINED, SNAPSHOT)}
    one = found["transactions"]
    flags = {name for name in ("stale", "swollen") if getattr(one, name)}
    if told != "stale":  # who is silent for a month has fewer rows, too
        flags |= {"thin"} if one.thin else set()
    assert flags == ({told} if told else set())
    assert one.newest == last
    assert found["balances"].missing
    assert not found["balances"].stale
    assert "contacts" not in found  # neither there nor ever learned from


def test_rare_rows_may_pause_as_long_as_they_did(make_bank: Any) -> None:
    months = [{"customer_id": 1, "as_of": f"2023-{month:02d}-28", "balance": 1.0} for month in range(1, 12)]
    tables = {"customers": [{"customer_id": 1}], "balances": months}
    one = next(
        one for one in watch_tables(make_bank(tables), LEARNED, TRAINED, SNAPSHOT) if one.name == "balances"
    )
    assert isinstance(one, Watched)
    assert not (one.stale or one.thin)  # 34 days after a monthly row
    assert one.silent_most == 62


def customers(*joined: str) -> dict[str, Any]:
    """Customers by the days they joined on."""
    return {"customers": [{"customer_id": n, "joined_on": day} for n, day in enumerate(joined)]}


def watched_customers(make_bank: Any, *joined: str) -> Watched:
    return next(iter(watch_tables(make_bank(customers(*joined)), LEARNED, TRAINED, SNAPSHOT)))


def test_a_book_that_nobody_joined_before_training_is_not_stale(make_bank: Any) -> None:
    one = watched_customers(make_bank, *["2020-05-01"] * 50)
    assert (one.newest, one.silent_days) == (date(2020, 5, 1), 1340)
    assert not (one.stale or one.thin or one.swollen)
    one = watched_customers(make_bank, *["2020-05-01"] * 50, *["2023-12-15"] * 50)
    assert not (one.stale or one.thin or one.swollen)  # it may come alive again


def test_a_table_may_be_silent_as_long_as_it_was_at_a_snapshot_of_training(make_bank: Any) -> None:
    one = watched_customers(make_bank, "2023-03-01", "2023-03-20", "2023-05-05")
    assert one.silent_most == 2 * 88  # from May 5 to August 1, longer than any pause between rows
    assert one.stale  # for 241 days


def test_a_table_that_lost_its_history_is_told(make_bank: Any) -> None:
    assert watched_customers(make_bank, *["2023-12-15"] * 50).swollen
    tables = {"customers": [{"customer_id": n} for n in range(5)], "transactions": []}
    found = {one.name: one for one in watch_tables(make_bank(tables), LEARNED, TRAINED, SNAPSHOT)}
    assert found["transactions"].stale


def given(last: int, *, newest: int = 20) -> dict[str, Any]:
    """Twenty labels at each month's start until that of month `last` of 2023, `newest` at the last one."""
    labels = [
        {"customer_id": n, "snapshot_date": f"2023-{month:02d}-01", "churned": n % 2 == 0}
        for month in range(1, last + 1)
        for n in range(newest if month == last else 20)
    ]
    return {"customers": [{"customer_id": n} for n in range(20)], "labels": labels}


@pytest.mark.parametrize(
    ("last", "newest", "told"),
    [
        (12, 20, ""),  # the windows of November and December are not over: nothing can be asked of them
        (10, 20, ""),
        (9, 20, ""),  # a month late
        (7, 20, "stale"),
        (10, 2, "thin"),
    ],
)
def test_labels_are_due_once_their_window_is_over(make_bank: Any, last: int, newest: int, told: str) -> None:
    bank = make_bank(given(last, newest=newest), churn={"rule": "labels"}, window={"horizon_days": 60})
    one = next(one for one in watch_tables(bank, LEARNED, TRAINED, SNAPSHOT) if one.name == "labels")
    assert [name for name in ("stale", "thin", "swollen") if getattr(one, name)] == ([told] if told else [])
    assert one.newest == date(2023, min(last, 11), 1)
    assert one.silent_most == 60 + 2 * 31


def test_labels_that_nothing_reads_are_not_watched(make_bank: Any) -> None:
    bank = make_bank(given(3), churn={"rule": "inactive"})
    assert "labels" not in {one.name for one in watch_tables(bank, LEARNED, TRAINED, SNAPSHOT)}


def test_old_labels_may_be_cleared_away(make_bank: Any) -> None:
    tables = given(10)
    tables["labels"] = [row for row in tables["labels"] if row["snapshot_date"] >= "2023-09-01"]
    bank = make_bank(tables, churn={"rule": "labels"}, window={"horizon_days": 60})
    one = next(one for one in watch_tables(bank, LEARNED, TRAINED, SNAPSHOT) if one.name == "labels")
    assert not (one.stale or one.thin or one.swollen)
