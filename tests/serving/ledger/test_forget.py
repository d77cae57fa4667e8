"""Forgetting leaves nothing personal of the customer, the chain whole, and the others as they were."""

from pathlib import Path
from typing import Any

import pytest

from serving.ledger.forget import Forgotten, forget_in_ledger
from serving.ledger.read import decisions, features
from serving.ledger.verify import verify


@pytest.mark.parametrize("seal_key", [None, b"k" * 32])
def test_nothing_personal_is_left_and_the_chain_verifies(
    tmp_path: Path, make_world: Any, seal_key: bytes | None
) -> None:
    world = make_world(tmp_path, seal_key=seal_key)
    for customer in (1, 2, 1):
        world.record(customer)
    world.campaign([1, 2, 3])
    world.campaign([2, 3])
    before = decisions(world.ledger)
    pseudonym, other = (world.ledger.keys.pseudonym(one) for one in (1, 2))
    assert forget_in_ledger(world.ledger, 1) == Forgotten(2, 1)
    assert list(verify(world.ledger)) == []
    after = decisions(world.ledger)
    assert after.drop_columns("customer").equals(before.drop_columns("customer"))
    assert after["customer"].to_pylist().count(None) == 3
    left = features(world.ledger, before["batch_id"][3].as_py()).to_pylist()
    assert set(left[0].values()) == {None}
    assert left[1]["feature.balances_total_last"] is not None
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(pseudonym.encode() in content for content in files)
    assert any(other.encode() in content for content in files)
    assert len(list(world.ledger.folder.iterdir())) == 2


def test_once_more_changes_nothing(world: Any) -> None:
    world.record(1)
    world.campaign([1, 2, 3])
    assert forget_in_ledger(world.ledger, 1) == Forgotten(1, 1)
    files = {path.name for path in world.ledger.folder.iterdir()}
    assert forget_in_ledger(world.ledger, 1) == Forgotten(0, 0)
    assert forget_in_ledger(world.ledger, 99) == Forgotten(0, 0)
    assert {path.name for path in world.ledger.folder.iterdir()} == files
    assert forget_in_ledger(world.ledger, 2) == Forgotten(0, 1)
    assert list(verify(world.ledger)) == []
