"""`nextbest check` and `nextbest features`, from the command line to the exit code."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

import nextbest

CUSTOMERS = [{"customer_id": 1, "region": "N"}, {"customer_id": 2, "region": "S"}]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(nextbest.main, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_check_describes_what_is_there(write_bank: Any) -> None:
    code, said, _ = run("check", str(write_bank({"customers": CUSTOMERS})))
    assert code == 0
    assert said.startswith("customers: 2 rows\n")


def test_check_prints_json_for_programs(write_bank: Any) -> None:
    code, said, _ = run("check", str(write_bank({"customers": CUSTOMERS})), "--json")
    assert code == 0
    assert json.loads(said)["tables"][0]["rows"] == 2


def test_features_are_built_and_counted(write_bank: Any) -> None:
    folder = write_bank({"customers": CUSTOMERS})
    code, said, progress = run("features", str(folder))
    assert (code, progress.splitlines()[-1].split(":")[0]) == (0, "features")
    assert said.rstrip().endswith("model features at 1 snapshots")
    assert (folder / ".nextbest" / "features" / "customer").is_dir()


@pytest.mark.parametrize("command", ["check", "features"])
def test_a_bank_that_breaks_a_rule_is_bad_input_and_nothing_is_written(write_bank: Any, command: str) -> None:
    folder = write_bank({"customers": [CUSTOMERS[0], CUSTOMERS[0]]})
    code, said, error = run(command, str(folder))
    assert code == 2
    assert "customers.customer_id must be unique (2 rows)" in said + error
    assert error.startswith("error: ")
    assert not (folder / ".nextbest" / "features").exists()


@pytest.mark.parametrize("command", ["check", "features"])
def test_a_misspelt_sensitive_column_is_refused_before_it_is_learned_from(
    write_bank: Any, command: str
) -> None:
    folder = write_bank({"customers": CUSTOMERS}, sensitive=["regoin"])
    code, said, error = run(command, str(folder))
    assert (code, "'regoin'; did you mean 'region'?" in said + error) == (2, True)
    assert not (folder / ".nextbest" / "features").exists()
