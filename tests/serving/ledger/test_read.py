"""Decisions are read as one table, of single customers and of campaigns alike."""

from typing import Any

from serving.ledger.read import SCHEMA, batches, decisions, features


def test_an_empty_ledger_is_an_empty_table(world: Any) -> None:
    assert decisions(world.ledger).equals(SCHEMA.empty_table())


def test_one_row_a_decision_in_one_form(world: Any) -> None:
    singles = [world.record(one) for one in range(1, 9)]
    rows = world.campaign(list(range(1, 9)))
    found = decisions(world.ledger)
    assert found.schema == SCHEMA
    assert found["decision_id"].to_pylist() == singles + rows
    assert found["batch_id"].null_count == 8
    assert len(list(batches(world.ledger))) == 2
    # The same customers, the same lots: the same arm and chance wherever something was chosen.
    online, campaign = found.slice(0, 8).to_pylist(), found.slice(8).to_pylist()
    for one, other in zip(online, campaign, strict=True):
        assert one["customer"] == other["customer"]
        if "nothing" not in (one["action"], other["action"]):
            assert one["arm_probability"] == other["arm_probability"]
            assert one["held_out"] == other["held_out"]


def test_features_are_those_decided_on(world: Any) -> None:
    world.campaign([1, 2, 7])
    kept = features(world.ledger, decisions(world.ledger)["batch_id"][0].as_py())
    assert kept["feature.balances_total_last"].equals(world.features([1, 2, 7])["balances_total_last"])
    assert "score.churn" in kept.column_names
