"""The ledger opens where it is told, in SQLite and in a real PostgreSQL, and never with other keys."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from features.errors import BadInputError
from features.spec import read_spec
from serving.ledger.files import STAGING, locked
from serving.ledger.forget import Forgotten, forget_in_ledger
from serving.ledger.keys import Keys
from serving.ledger.opening import LEDGER_URL, open_at, open_ledger
from serving.ledger.outcomes import Outcome, OutcomeKind, Recorded, record_outcomes
from serving.ledger.replay import replay_all
from serving.ledger.schema import DECISIONS
from serving.ledger.verify import summarise, verify


def test_everything_works_on_postgresql(postgres: str, tmp_path: Path, make_world: Any) -> None:
    world = make_world(tmp_path, url=postgres)
    worlds = [world, *(make_world(tmp_path, url=postgres) for _ in range(3))]
    world.recorder()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: [one.record(customer) for customer in range(1, 6)], worlds))
    rows = world.campaign(list(range(1, 20)))
    assert world.campaign(list(range(1, 20))) == rows
    told = [
        Outcome(one, OutcomeKind.ACCEPTED, datetime(2024, 2, 1, tzinfo=UTC)) for one in (found[0][0], rows[0])
    ]
    assert record_outcomes(world.ledger, told) == Recorded(2, 0)
    assert forget_in_ledger(world.ledger, 1) == Forgotten(4, 1)
    assert list(verify(world.ledger)) == []
    assert [one.difference for one in replay_all(world.ledger, world.load)] == [None] * 21
    assert summarise(world.ledger).counts["decision"] == 20
    with world.ledger.writing() as connection:
        connection.execute(
            update(DECISIONS).where(DECISIONS.c.decision_id == found[1][1]).values(public="{}")
        )
    assert found[1][1] in str(next(verify(world.ledger)))
    for one in worlds:
        one.ledger.engine.dispose()


def test_other_keys_are_refused(world: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="another key"):
        open_at(str(world.ledger.engine.url), world.ledger.folder, Keys(b"x" * 32), world.ledger.now)


def test_a_bank_keeps_its_ledger_beside_its_data(write_bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LEDGER_URL, raising=False)
    spec = read_spec(write_bank({"customers": [{"customer_id": 1}]}))
    ledger = open_ledger(spec)
    assert (spec.state / "ledger.db").is_file()
    assert stat.S_ISDIR((spec.state / "ledger").stat().st_mode)
    with ledger.reading() as connection:
        for setting, value in (("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1)):
            assert connection.exec_driver_sql(f"PRAGMA {setting}").scalar() == value


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all.db", "oracle://x"])
def test_an_address_that_leads_nowhere_is_named(world: Any, tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInputError, match=r"NEXTBEST_LEDGER_URL|cannot be opened"):
        open_at(url, tmp_path / "folder", world.ledger.keys, world.ledger.now)


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_stays(
    world: Any, tmp_path: Path, make_world: Any
) -> None:
    world.campaign([1, 2, 3])
    folder = world.ledger.folder
    (kept,) = folder.iterdir()
    (folder / f"{STAGING}-left").write_bytes(b"x")
    (folder / "orphan.parquet").write_bytes(b"x")
    with locked(folder / f"{STAGING}-living"):
        make_world(tmp_path)
        assert {one.name for one in folder.iterdir()} == {kept.name, f"{STAGING}-living"}
    make_world(tmp_path)
    assert list(folder.iterdir()) == [kept]


def test_where_a_campaigns_record_was_removed_its_file_stays(
    world: Any, tmp_path: Path, make_world: Any
) -> None:
    from serving.ledger.schema import BATCHES

    world.campaign([1, 2, 3])
    with world.ledger.writing() as connection:
        connection.execute(BATCHES.delete())
    again = make_world(tmp_path)
    assert len(list(again.ledger.folder.iterdir())) == 1
    assert "was removed" in str(next(verify(replace(again.ledger))))
