"""A campaign decided again meets the same choice, under limits and in chunks of another size."""

from typing import Any

import pytest

from serving.ledger import replay_batch
from serving.ledger.files import batch_files
from serving.ledger.replay import Deciders
from serving.ledger.verify_batch import read_batch


@pytest.mark.parametrize("rows", [1, 7, 50_000])
def test_the_choice_is_the_same_whatever_the_chunks(
    world: Any, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    world.campaign(list(range(1, 40)), chunk=13)
    with world.ledger.reading() as connection:
        (file,) = batch_files(connection)
    rows_kept = read_batch(world.ledger, file, ["channel", "contacted"]).to_pylist()
    # A limit that ties customers together.
    assert sum(row["channel"] == "call" and row["contacted"] for row in rows_kept) == 3
    monkeypatch.setattr(replay_batch, "CHUNK_ROWS", rows)
    found = replay_batch.replay_batch(file, Deciders(world.ledger, world.load))
    assert (found.difference, found.decisions, found.erased) == (None, 39, 0)


def test_arms_are_decided_again(world: Any, setting_with: Any) -> None:
    arms = {"random": 0.2, "propensity_only": 0.2, "no_levers": 0.2}
    world.setting = setting_with(arms=arms, exploration={"method": "epsilon", "share": 0.3, "most_lost": 9.0})
    world.campaign(list(range(1, 120)))
    with world.ledger.reading() as connection:
        (file,) = batch_files(connection)
    kept = read_batch(world.ledger, file, ["arm"])["arm"].to_pylist()
    assert {*arms, "control", "treatment"} == set(kept)
    found = replay_batch.replay_batch(file, Deciders(world.ledger, world.load))
    assert (found.difference, found.decisions) == (None, 119)


def test_another_choice_is_noticed(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.campaign(list(range(1, 40)))
    with world.ledger.reading() as connection:
        (file,) = batch_files(connection)

    from serving.campaign import run

    def worst(pools: Any) -> Any:
        choice = genuine(pools)
        choice.selection.chosen[:] = -1
        return choice

    genuine = run.choose
    monkeypatch.setattr(run, "choose", worst)
    found = replay_batch.replay_batch(file, Deciders(world.ledger, world.load))
    assert "choice: the same bytes" in str(found.difference)
