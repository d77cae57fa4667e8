"""A campaign makes one entry with a row a customer; the same campaign makes no second."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from serving.campaign.pool import pooled
from serving.campaign.run import choose
from serving.ledger.read import decisions
from serving.ledger.schema import Kind
from serving.ledger.verify import summarise
from serving.ledger.witness import witnessing

IDS = list(range(1, 41))


def test_a_campaign_is_one_entry_and_once_more_none(world: Any) -> None:
    first = world.campaign(IDS, chunk=7)
    before = summarise(world.ledger)
    assert before.counts[Kind.BATCH] == 1
    assert before.campaign_decisions == len(set(first)) == 40
    assert world.campaign(IDS, chunk=11) == first
    assert summarise(world.ledger) == before
    assert len(list(world.ledger.folder.iterdir())) == 1


def test_other_customers_make_another_campaign(world: Any) -> None:
    assert set(world.campaign(IDS)).isdisjoint(world.campaign(IDS[1:]))
    assert summarise(world.ledger).counts[Kind.BATCH] == 2


def test_rows_say_what_was_decided_and_how_likely(world: Any) -> None:
    world.campaign(IDS)
    rows = decisions(world.ledger)
    found = world.decisions(IDS)
    np.testing.assert_array_equal(rows["held_out"], found.holdout.held_out)
    share = 0.25
    for row in rows.to_pylist():
        nothing = row["action"] == "nothing"
        assert row["arm"] == ("control" if row["held_out"] else "treatment")
        assert row["contacted"] == (not nothing and not row["held_out"])
        assert row["arm_probability"] == (share if row["held_out"] else 1 - share)
        assert row["assignment_probability"] == row["arm_probability"] * row["action_probability"]
        assert (row["channel"] is None) == nothing
        if not nothing:
            place = [one.id for one in found.compiled.actions].index(row["action"])
            channel = found.compiled.channels.index(row["channel"])
            customer = rows["customer"].to_pylist().index(row["customer"])
            assert row["expected_value"] == found.factors.expected[place, channel, customer]


def test_nobody_is_named(world: Any) -> None:
    world.campaign(IDS)
    assert decisions(world.ledger)["customer"].to_pylist() == [
        world.ledger.keys.pseudonym(one) for one in IDS
    ]


def test_a_campaign_that_fails_leaves_nothing(world: Any) -> None:
    with (
        pytest.raises(RuntimeError, match="later"),
        witnessing(world.ledger, world.setting, tuple(world.registry.values())) as witness,
    ):
        witness.decided(world.decisions(IDS))
        raise RuntimeError("something later")
    assert Kind.BATCH not in summarise(world.ledger).counts
    assert list(world.ledger.folder.iterdir()) == []


def test_a_campaign_of_nobody(world: Any) -> None:
    with witnessing(world.ledger, world.setting, tuple(world.registry.values())) as witness:
        found = world.decisions([])
        witness.decided(found)
        ids = witness.chosen(choose([pooled(found)]))
    assert (len(ids), ids.type) == (0, pa.string())
    assert Kind.BATCH not in summarise(world.ledger).counts
    assert list(world.ledger.folder.iterdir()) == []
