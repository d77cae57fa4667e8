"""The ledger's columns become those that estimates read."""

from datetime import UTC, date, datetime

import pyarrow as pa

from serving.estimation.from_ledger import logged_from
from serving.estimation.logged import checked

MOMENT = pa.timestamp("us", "UTC")


def test_a_row_by_hand() -> None:
    yes = datetime(2024, 3, 5, tzinfo=UTC)
    whole = {
        "decision_id": ["d1", "d2", "d3"],
        "customer": ["p1", None, "p1"],
        "decided_on": pa.array([date(2024, 3, 1)] * 3),
        "action": ["cross_sell:card", "retain", "nothing"],
        "channel": ["app", "call", None],
        "arm": ["treatment", "control", "treatment"],
        "probability": [0.07, 0.2, None],
        "action_probability": [0.8, 1.0, 1.0],
        "assignment_probability": [0.76, 0.05, 0.95],
        "expected_value": [6.0, 9.0, None],
        "value": [100.0, 300.0, None],
        "cost": [1.0, 4.0, None],
        "accepted_at": pa.array([yes, None, None], MOMENT),
        **{f"{name}_at": pa.array([None] * 3, MOMENT) for name in ("declined", "ignored")},
        "churned_at": pa.array([None, yes, None], MOMENT),
    }
    first, second, third = checked(logged_from(pa.table(whole))).to_pylist()
    assert (first["group"], first["probability"], first["accepted"]) == ("cross_sell", 0.8, True)
    assert (second["group"], second["customer"], second["stake"], second["churned"]) == (
        "retain",
        "d2",
        300.0,
        True,
    )
    assert (third["group"], third["action"], third["value"]) == (None, "nothing", 0.0)
