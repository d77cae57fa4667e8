"""A decision is in the ledger, under its id, when it is told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from serving.decision.request import Request
from serving.ledger.outcomes import Outcome, OutcomeKind, Recorded
from serving.ledger.read import decisions
from serving.ledger.recorder import open_recorder


def test_each_decision_has_an_id_and_is_kept(world: Any) -> None:
    recorder = world.recorder()
    ids = [recorder.record(world.decisions([1]), Request()) for _ in range(3)]
    assert len(set(ids)) == 3
    assert decisions(world.ledger)["decision_id"].to_pylist() == ids
    told = [Outcome(ids[0], OutcomeKind.DECLINED, datetime(2024, 2, 1, tzinfo=UTC))]
    assert recorder.outcomes(told) == Recorded(1, 0)


def test_the_id_can_be_given(world: Any) -> None:
    kept = open_recorder(world.ledger, world.setting, tuple(world.registry.values()))
    named = replace(kept, new_id=lambda: "mine")
    assert named.record(world.decisions([1]), Request()) == "mine"
