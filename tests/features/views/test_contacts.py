"""Contacts against a computation by hand."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest

from features.views.contacts import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
Row = dict[str, Any]
Make = Callable[..., Any]


def age(moment: datetime) -> int:
    return (SNAPSHOT - moment.date()).days


def brute(rows: list[Row]) -> dict[str, float | None]:
    """Every feature of one customer, by its definition."""
    rows = [row for row in rows if row["at"] < MIDNIGHT and row["arm"] != "control"]
    year = [row for row in rows if age(row["at"]) <= 365]
    known = {id(row): row["outcome"] for row in rows if row["outcome_at"] and row["outcome_at"] < MIDNIGHT}
    accepted = sum(known.get(id(row)) == "accepted" for row in year)
    features: dict[str, float | None] = {
        f"offers_{days}d": sum(age(row["at"]) <= days for row in rows) for days in (30, 90, 365)
    }
    features |= {
        "retention_offers_365d": sum(row["action"] == "retain" for row in year),
        "cross_sell_offers_365d": sum(row["action"].startswith("cross_sell:") for row in year),
        "accepted_365d": accepted,
        "declined_365d": sum(known.get(id(row)) == "declined" for row in year),
        "acceptance_rate_365d": accepted / len(year) if year else None,
        "days_since_last_offer": min((age(row["at"]) for row in rows), default=None),
        "days_since_last_accepted": min(
            (age(row["outcome_at"]) for row in rows if known.get(id(row)) == "accepted"), default=None
        ),
    }
    return {f"contacts_{name}": value for name, value in features.items()}


def drawn(seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(150):
        at = MIDNIGHT + timedelta(days=float(rng.integers(-500, 20)), seconds=int(rng.integers(0, 86400)))
        outcome = rng.choice(["accepted", "declined", "ignored", None])
        rows.append(
            {
                "contact_id": str(number),
                "customer_id": int(rng.integers(1, 9)),
                "at": at,
                "action": rng.choice(["retain", "cross_sell:card", "service:call"]),
                "arm": rng.choice(["treatment", "control", None]),
                "outcome": outcome,
                "outcome_at": at + timedelta(days=float(rng.integers(0, 40))) if outcome else None,
            }
        )
    return rows


def found(bank_of: Make, features_of: Make, rows: list[Row] | None, customers: int = 1) -> dict[int, Row]:
    tables = {Table.CUSTOMERS: [{"customer_id": customer + 1} for customer in range(customers)]}
    if rows is not None:
        tables[Table.CONTACTS] = rows
    return features_of(VIEW, bank_of(tables), SNAPSHOT)


@pytest.mark.parametrize("seed", range(4))
def test_equals_brute_force(bank_of: Make, features_of: Make, same: Make, seed: int) -> None:
    rows = drawn(seed)
    features = found(bank_of, features_of, rows, customers=9)
    for customer in range(1, 10):
        same(features[customer], brute([row for row in rows if row["customer_id"] == customer]))


def test_an_outcome_counts_only_once_known(bank_of: Make, features_of: Make) -> None:
    offer = {"customer_id": 1, "action": "retain", "outcome": "accepted"}
    rows = [
        {**offer, "contact_id": name, "at": MIDNIGHT - timedelta(days=9), "outcome_at": moment}
        for name, moment in (("a", MIDNIGHT - timedelta(microseconds=1)), ("b", MIDNIGHT))
    ]
    features = found(bank_of, features_of, rows)[1]
    assert features["contacts_offers_30d"] == 2
    assert features["contacts_accepted_365d"] == 1
    assert features["contacts_days_since_last_accepted"] == 1


@pytest.mark.parametrize("action", ["retain", None])
def test_who_was_only_in_the_control_arm_got_no_offer(
    bank_of: Make, features_of: Make, action: str | None
) -> None:
    row = {"customer_id": 1, "contact_id": "a", "action": action, "arm": "control"}
    features = found(bank_of, features_of, [{**row, "at": MIDNIGHT - timedelta(days=9)}])[1]
    assert features["contacts_offers_365d"] == 0
    assert features["contacts_days_since_last_offer"] is None


def test_null_without_the_table_and_zero_without_rows(bank_of: Make, features_of: Make) -> None:
    assert set(found(bank_of, features_of, None)[1].values()) == {None}
    empty = found(bank_of, features_of, [])[1]
    unknown = {name for name, value in empty.items() if value is None}
    assert unknown == {name for name in empty if "days_since" in name or "rate" in name}
    assert {empty[name] for name in set(empty) - unknown} == {0}
