"""Single contacts told in one text, against a telling by hand."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest

from features.views.contact_history import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
Row = dict[str, Any]
Make = Callable[..., Any]


def days(moment: datetime) -> int:
    return (SNAPSHOT - moment.date()).days


def brute(rows: list[Row]) -> str | None:
    """One customer's text, by its definition."""
    entries = []
    for row in rows:
        if row["arm"] == "control" or row["at"] >= MIDNIGHT or days(row["at"]) > 365:
            continue
        known = row["outcome_at"] or row["at"]
        refused = f"{days(known):03d}" if row["outcome"] == "declined" and known < MIDNIGHT else ""
        names = [(row[name] or "").replace("|", "_").replace(";", "_") for name in ("action", "channel")]
        entries.append(f"{days(row['at']):03d}|{refused}|{'|'.join(names)}")
    return ";".join(sorted(entries)) or None


@pytest.mark.parametrize("seed", range(2))
def test_equals_brute_force(bank_of: Make, features_of: Make, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(150):
        at = MIDNIGHT + timedelta(days=float(rng.integers(-400, 20)), seconds=int(rng.integers(0, 86400)))
        outcome = rng.choice(["accepted", "declined", None])
        rows.append(
            {
                "contact_id": str(number),
                "customer_id": int(rng.integers(1, 9)),
                "at": at,
                "action": rng.choice(["retain", "retain:fee", "cross_sell:card", "odd|na;me"]),
                "channel": rng.choice(["app", "email", None]),
                "arm": rng.choice(["treatment", "control", None]),
                "outcome": outcome,
                "outcome_at": at + timedelta(days=float(rng.integers(0, 40))) if outcome else None,
            }
        )
    ids = [{"customer_id": customer} for customer in range(1, 10)]
    found = features_of(VIEW, bank_of({Table.CUSTOMERS: ids, Table.CONTACTS: rows}), SNAPSHOT)
    for customer, features in found.items():
        mine = [row for row in rows if row["customer_id"] == customer]
        assert features == {"contact_history": brute(mine)}


def test_without_contacts_nothing_is_told(bank_of: Make, features_of: Make) -> None:
    bank = bank_of({Table.CUSTOMERS: [{"customer_id": 1}]})
    assert features_of(VIEW, bank, SNAPSHOT) == {1: {"contact_history": None}}
    assert not VIEW.for_models
