"""Outcomes are recorded once a decision and kind, all or none, and only of decisions that were made."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from serving.ledger.outcomes import (
    Outcome,
    OutcomeKind,
    Recorded,
    UnknownDecisionsError,
    batch_row,
    record_outcomes,
)
from serving.ledger.read import decisions
from serving.ledger.verify import summarise, verify

AT = datetime(2024, 2, 1, tzinfo=UTC)
ACCEPTED, CHURNED = OutcomeKind.ACCEPTED, OutcomeKind.CHURNED


def test_each_kind_is_recorded_once_and_the_first_stays(world: Any) -> None:
    one = world.record(1)
    later = AT + timedelta(days=1)
    told = [Outcome(one, ACCEPTED, AT), Outcome(one, ACCEPTED, later), Outcome(one, CHURNED, later)]
    assert record_outcomes(world.ledger, told) == Recorded(2, 1)
    assert record_outcomes(world.ledger, told) == Recorded(0, 3)
    row = decisions(world.ledger).to_pylist()[0]
    assert (row["accepted_at"], row["churned_at"], row["declined_at"]) == (AT, later, None)
    assert list(verify(world.ledger)) == []


def test_one_unknown_decision_refuses_them_all_by_name(world: Any) -> None:
    single, rows = world.record(1), world.campaign([1, 2, 3])
    beyond = rows[2].replace(":2", ":3")
    told = [
        Outcome(one, ACCEPTED, AT)
        for one in (single, "nobody", rows[0], beyond, rows[1].replace(":1", ":01"))
    ]
    with pytest.raises(UnknownDecisionsError) as caught:
        record_outcomes(world.ledger, told)
    assert caught.value.decision_ids == ["nobody", beyond, rows[1].replace(":1", ":01")]
    assert "outcome" not in summarise(world.ledger).counts


def test_many_at_once(world: Any) -> None:
    rows = world.campaign(list(range(1, 601)), chunk=600)
    told = [Outcome(one, ACCEPTED, AT.astimezone(timezone(timedelta(hours=8)))) for one in rows]
    assert record_outcomes(world.ledger, told) == Recorded(600, 0)
    assert record_outcomes(world.ledger, told) == Recorded(0, 600)
    assert decisions(world.ledger)["accepted_at"].to_pylist() == [AT] * 600


@pytest.mark.parametrize(
    ("text", "place"),
    [("b:7", ("b", 7)), ("b:07", None), ("b:-1", None), ("b:", None), ("b", None), ("b:٣", None)],
)
def test_a_campaigns_row_has_one_name(text: str, place: Any) -> None:
    assert batch_row(text) == place
