"""The newest statement on each purpose and channel."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest

from features.views.consents import CHANNELS, PURPOSES, VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
Row = dict[str, Any]
Make = Callable[..., Any]


def found(bank_of: Make, features_of: Make, rows: list[Row], customers: int = 1) -> dict[int, Row]:
    ids = [{"customer_id": customer + 1} for customer in range(customers)]
    return features_of(VIEW, bank_of({Table.CUSTOMERS: ids, Table.CONSENTS: rows}), SNAPSHOT)


def said(granted: bool, days_ago: float, channel: str | None = "email", purpose: str = "marketing") -> Row:
    at = MIDNIGHT - timedelta(days=days_ago)
    return {"customer_id": 1, "at": at, "purpose": purpose, "channel": channel, "granted": granted}


def test_columns_are_fixed_and_null_where_nothing_was_said(bank_of: Make, features_of: Make) -> None:
    features = found(bank_of, features_of, [])[1]
    names = [f"consents_{purpose}_{channel}" for purpose in PURPOSES for channel in CHANNELS]
    assert features == dict.fromkeys(names)
    assert len(names) == 16


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([said(True, 9)], 1),
        ([said(False, 9)], 0),
        ([said(True, 9), said(False, 5)], 0),
        ([said(False, 9), said(True, 5)], 1),
        ([said(True, 5), said(False, 5, channel=None)], 0),  # at one moment the refusal holds
        ([said(True, 9), said(False, 0)], 1),  # at the snapshot: not known yet
        ([said(True, 9), said(False, 5, channel="sms")], 1),
        ([said(True, 9), said(False, 5, purpose="service")], 1),
        ([said(True, 9, channel="pigeon")], None),
        ([said(True, 9), said(False, 5, channel=None)], 0),  # a general word later than one of the channel
        ([said(False, 9, channel="any"), said(True, 5)], 1),
        ([said(True, 5), said(False, 5, channel="any")], 0),
    ],
)
def test_the_newest_statement_holds(
    bank_of: Make, features_of: Make, rows: list[Row], expected: float | None
) -> None:
    assert found(bank_of, features_of, rows)[1]["consents_marketing_email"] == expected


def test_a_statement_without_a_channel_is_about_any(bank_of: Make, features_of: Make) -> None:
    features = found(bank_of, features_of, [said(True, 9, channel=None), said(False, 5, channel="any")])[1]
    assert features["consents_marketing_any"] == 0
    assert features["consents_marketing_email"] == 0


def test_models_do_not_learn_from_consent() -> None:
    assert not VIEW.for_models


@pytest.mark.parametrize("seed", range(3))
def test_equals_brute_force(bank_of: Make, features_of: Make, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [
        {
            "customer_id": int(rng.integers(1, 5)),
            "at": MIDNIGHT + timedelta(days=int(day)),
            "purpose": rng.choice(PURPOSES),
            "channel": rng.choice(CHANNELS),
            "granted": bool(rng.integers(0, 2)),
        }
        for day in rng.permutation(np.arange(-190, 10))
    ]
    newest: dict[tuple[int, str], bool] = {}
    for row in sorted(rows, key=lambda row: row["at"]):
        if row["at"] < MIDNIGHT:
            about = CHANNELS if row["channel"] == "any" else (row["channel"],)
            for channel in about:
                newest[row["customer_id"], f"consents_{row['purpose']}_{channel}"] = row["granted"]
    features = found(bank_of, features_of, rows, customers=5)
    for customer, values in features.items():
        assert values == {name: newest.get((customer, name)) for name in values}
