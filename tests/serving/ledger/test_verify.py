"""Every changed byte, removed record and swapped pair in the database is found, in every column."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from serving.ledger.append import head_of
from serving.ledger.forget import forget_in_ledger
from serving.ledger.outcomes import Outcome, OutcomeKind, record_outcomes
from serving.ledger.schema import ENTRIES, HEADS, METADATA, PAYLOADS, Kind
from serving.ledger.verify import summarise, verify

AT = datetime(2024, 2, 1, tzinfo=UTC)
TABLES = [table.name for table in METADATA.sorted_tables]
COLUMNS = [(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, make_world: Any, setting_with: Any) -> Path:
    """A ledger with two of everything, so that there is a pair to swap."""
    from serving.ledger.setting import keep_setting

    folder = tmp_path_factory.mktemp("filled")
    world = make_world(folder)
    singles = [world.record(one) for one in (1, 2, 3, 4)]
    keep_setting(world.ledger, setting_with(version="another"))
    rows = world.campaign(list(range(1, 13)))
    world.campaign(list(range(20, 32)))
    for one in (singles[0], rows[0]):
        record_outcomes(world.ledger, [Outcome(one, OutcomeKind.ACCEPTED, AT)])
    for customer in (3, 4):
        forget_in_ledger(world.ledger, customer)
    assert list(verify(world.ledger)) == []
    world.ledger.engine.dispose()
    return folder


@pytest.fixture
def ours(filled: Path, tmp_path: Path, make_world: Any) -> Any:
    """A copy to tamper with."""
    shutil.copytree(filled, tmp_path / "copy")
    return make_world(tmp_path / "copy")


def tamper(world: Any, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(world.ledger.engine.url.database)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def query(world: Any, statement: str) -> list[Any]:
    with closing(sqlite3.connect(world.ledger.engine.url.database)) as connection:
        return connection.execute(statement).fetchall()


def flipped(value: Any) -> Any:
    """The same with one bit of its last byte changed."""
    if isinstance(value, int):
        return value ^ 64
    content = value.encode() if isinstance(value, str) else value
    changed = content[:-1] + bytes([content[-1] ^ 1])
    return changed.decode() if isinstance(value, str) else changed


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_one_flipped_byte_is_found(ours: Any, table: str, column: str) -> None:
    found = query(ours, f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY rowid")
    for rowid, value in (found[0], found[-1]):
        tamper(ours, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", flipped(value), rowid)
        assert list(verify(ours.ledger)), (table, column, rowid)
        where = flipped(rowid) if value == rowid and column in ("sequence", "id") else rowid
        tamper(ours, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", value, where)
        assert list(verify(ours.ledger)) == []


@pytest.mark.parametrize("order", ["", "DESC"])
@pytest.mark.parametrize("table", TABLES)
def test_a_removed_record_is_found(ours: Any, table: str, order: str) -> None:
    one = f"SELECT rowid FROM {table} ORDER BY rowid {order} LIMIT 1"
    tamper(ours, f"DELETE FROM {table} WHERE rowid = ({one})")
    assert list(verify(ours.ledger))


@pytest.mark.parametrize(
    "table", [ENTRIES.name, *(one.name for kind, one in PAYLOADS.items() if kind is not Kind.OPENING)]
)
def test_a_swapped_pair_is_found(ours: Any, table: str) -> None:
    rows = [row[0] for row in query(ours, f"SELECT sequence FROM {table} ORDER BY sequence")]
    first, second = rows[-2:]
    for old, new in ((first, -1), (second, first), (-1, second)):
        tamper(ours, f"UPDATE {table} SET sequence = ? WHERE sequence = ?", new, old)
    assert list(verify(ours.ledger)), table


def test_a_record_with_its_entry_removed_from_the_end_is_found(ours: Any) -> None:
    (last,) = query(ours, f"SELECT max(sequence) FROM {ENTRIES.name}")[0]
    for table in (ENTRIES.name, "nextbest_erasures"):
        tamper(ours, f"DELETE FROM {table} WHERE sequence = ?", last)
    assert any("head" in str(one) for one in verify(ours.ledger))


def test_a_personal_part_removed_without_an_erasure_is_found(ours: Any) -> None:
    tamper(
        ours,
        "UPDATE nextbest_decisions SET personal = NULL, pseudonym = NULL "
        "WHERE sequence = (SELECT min(sequence) FROM nextbest_decisions)",
    )
    assert "no erasure says so" in str(next(verify(ours.ledger)))


def test_a_chain_cut_and_closed_again_is_found_by_a_head_kept_elsewhere(ours: Any) -> None:
    with ours.ledger.reading() as connection:
        kept = head_of(connection)
    assert list(verify(ours.ledger, kept.hash)) == []
    # Whoever may write everything cuts the end off and puts the head where it then is.
    (before,) = query(ours, f"SELECT hash FROM {ENTRIES.name} WHERE sequence = {kept.sequence - 1}")[0]
    for table in (ENTRIES.name, "nextbest_erasures"):
        tamper(ours, f"DELETE FROM {table} WHERE sequence = ?", kept.sequence)
    tamper(ours, f"UPDATE {HEADS.name} SET sequence = ?, hash = ?", kept.sequence - 1, before)
    assert any("not the one that was" in str(one) for one in verify(ours.ledger, kept.hash))


def test_a_head_kept_elsewhere_holds_as_the_chain_grows(world: Any) -> None:
    world.record(1)
    kept = summarise(world.ledger).hash
    world.record(2)
    assert list(verify(world.ledger, kept)) == []


def test_the_summary_counts_what_is_there(ours: Any) -> None:
    summary = summarise(ours.ledger)
    assert summary.counts == {
        "opening": 1, "policy": 2, "decision": 4, "batch": 2, "outcome": 2, "erasure": 2,
    }  # fmt: skip
    assert (summary.sequence, summary.campaign_decisions) == (13, 24)
    assert summary.newest == "2024-01-15T09:30:00+00:00"
