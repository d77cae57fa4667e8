"""The ledger's commands, from the outside: what they say, and the exit code they end with."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from features.build import build_features
from features.progress import silent
from features.spec import read_spec
from nextbest import main


@pytest.fixture
def bank(write_bank: Any) -> Path:
    folder: Path = write_bank({"customers": [{"customer_id": one} for one in (1, 2)]})
    return folder


def run(*line: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in line])


def test_a_ledger_that_is_whole_is_told_with_its_head(bank: Path) -> None:
    shown = json.loads(run("ledger", "show", bank, "--json").output)[0]
    assert (shown["opening"], shown["sequence"], shown["campaign_decisions"]) == (1, 1, 0)
    found = run("ledger", "verify", bank, "--head", shown["hash"])
    assert (found.exit_code, found.output) == (0, f"whole: 1 entries, head {shown['hash']}\n")
    assert run("ledger", "verify", bank, "--head", "0" * 64).exit_code == 1


def test_a_ledger_that_is_not_is_a_gate(bank: Path) -> None:
    run("ledger", "show", bank)
    with closing(sqlite3.connect(bank / ".nextbest" / "ledger.db")) as connection, connection:
        connection.execute("UPDATE nextbest_entries SET created_at = '2020'")
    found = run("ledger", "verify", bank)
    assert found.exit_code == 1
    assert "entry 1: its hash is not that of its content" in found.output


def test_replay_needs_to_know_what(bank: Path) -> None:
    assert run("replay", bank).exit_code == 2
    assert run("replay", bank, "x", "--all").exit_code == 2
    assert "decision x: not in the ledger" in run("replay", bank, "x").output
    assert run("replay", bank, "--all").output == "0 decisions decided again, the same to the last bit\n"


def test_an_outcome_of_an_unknown_decision_is_named(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "told.csv").write_text("decision_id,outcome,at\nnobody,accepted,2024-02-01\n")
    found = run("outcome", bank, tmp_path / "told.csv")
    assert (found.exit_code, "nobody" in found.output) == (2, True)
    (tmp_path / "told.csv").write_text("decision_id,outcome,at\n")
    assert run("outcome", bank, tmp_path / "told.csv").output == "0 outcomes recorded, 0 known already\n"


def test_forgetting_says_what_it_did_not_touch(bank: Path) -> None:
    assert "no features are built" in run("forget", bank, 1).output
    build_features(read_spec(bank), silent, today=date(2024, 2, 1))
    found = run("forget", bank, 1)
    assert found.exit_code == 0
    assert "the bank's own tables" in found.output
