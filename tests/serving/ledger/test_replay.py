"""What was kept decides again to the last bit; what comes out otherwise is named, with its reason."""

import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from features.errors import BadInputError
from serving.ledger.forget import forget_in_ledger
from serving.ledger.keys import Keys
from serving.ledger.replay import replay_all, replay_one
from serving.ledger.schema import DECISIONS, POLICIES


def differences(world: Any) -> list[str]:
    found = replay_all(world.ledger, world.load)
    return [f"{one.record}: {one.difference}" for one in found if one.difference]


def test_everything_decides_again_the_same(world: Any) -> None:
    for one in range(1, 30):
        world.record(one)
    world.record(3, channel="app", amount=20.0)
    world.campaign(list(range(1, 60)))
    found = list(replay_all(world.ledger, world.load))
    assert [one.difference for one in found] == [None] * 31
    assert sum(one.decisions for one in found) == 30 + 59


@pytest.mark.parametrize("version", ["churn/1", "propensity/1"])
def test_another_model_is_named(world: Any, version: str) -> None:
    single = world.record(1)
    world.campaign([1, 2, 3])
    world.registry[version] = replace(world.registry[version], digest="e" * 64)
    found = differences(world)
    assert all(f"another model: the files of {version}" in one for one in found)
    assert (len(found), single in found[0]) == (2, True)
    del world.registry[version]
    assert f"the registry holds no {version}" in differences(world)[0]


def test_a_model_that_scores_otherwise_under_the_same_digest_is_noticed(world: Any) -> None:
    world.record(1)
    world.campaign([1, 2, 3])
    world.registry["churn/1"] = replace(world.registry["churn/1"], a_bit_more=True)
    single, campaign = differences(world)
    assert "scores churn: the same bytes" in single
    assert ": score churn: the same bytes" in campaign


def test_another_policy_is_named(world: Any, setting_with: Any) -> None:
    world.record(1)
    world.campaign([1, 2, 3])
    with world.ledger.writing() as connection:
        connection.execute(update(POLICIES).values(content=setting_with(value={"base": 21.0}).content))
    assert all("the ledger holds another" in one for one in differences(world))
    with world.ledger.writing() as connection:
        connection.execute(update(POLICIES).values(policy="0" * 64))
    assert all("the ledger holds none" in one for one in differences(world))


def test_a_changed_byte_is_named(world: Any) -> None:
    decision_id = world.record(1)
    with world.ledger.writing() as connection:
        stored = bytes(connection.scalar(DECISIONS.select().with_only_columns(DECISIONS.c.personal)))
        content = json.loads(zlib.decompress(stored[1:]))
        content["scores"]["churn"] += 0.01
        forged = b"P" + zlib.compress(json.dumps(content).encode())
        connection.execute(update(DECISIONS).values(personal=forged))
    assert f"decision {decision_id}: a changed byte" in differences(world)[0]


def test_a_changed_byte_of_a_campaign_is_named(world: Any) -> None:
    world.campaign([1, 2, 3])
    (path,) = world.ledger.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-9] + b"x" + path.read_bytes()[-8:])
    assert "a changed byte" in differences(world)[0]


def test_the_erased_are_counted_and_the_others_decided_again(world: Any) -> None:
    world.record(1)
    world.campaign([1, 2, 3])
    forget_in_ledger(world.ledger, 1)
    found = list(replay_all(world.ledger, world.load))
    assert [(one.decisions, one.erased, one.difference) for one in found] == [(0, 1, None), (2, 1, None)]


def test_one_decision_by_its_id(world: Any) -> None:
    single = world.record(1)
    rows = world.campaign([1, 2, 3])
    assert replay_one(world.ledger, world.load, single).difference is None
    assert replay_one(world.ledger, world.load, rows[2]).decisions == 3
    for unknown in ("nobody", rows[2].replace(":2", ":3"), rows[0].replace(":0", ":x")):
        with pytest.raises(BadInputError, match="not in the ledger"):
            replay_one(world.ledger, world.load, unknown)


def test_encrypted_records_need_their_key(tmp_path: Path, make_world: Any) -> None:
    world = make_world(tmp_path, seal_key=b"k" * 32)
    world.record(1)
    assert differences(world) == []
    without = world.with_keys(Keys(world.ledger.keys.secret))
    assert "NEXTBEST_LEDGER_KEY" in differences(without)[0]
    other = world.with_keys(Keys(world.ledger.keys.secret, b"j" * 32))
    assert "another NEXTBEST_LEDGER_KEY" in differences(other)[0]
