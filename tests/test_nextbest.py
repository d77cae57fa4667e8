"""The command line: help, usage, exit codes, and what it does not import."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import nextbest
from features.errors import BadInputError, GateError

COMMANDS = sorted(nextbest.main.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(nextbest.main, [command, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: nextbest {command}")
    first_sentence = nextbest.main.commands[command].help
    assert first_sentence and first_sentence.split("\n")[0].rstrip(".")[:40] in result.output


def test_asking_for_help_imports_no_platform() -> None:
    heavy = {
        "bentoml",
        "duckdb",
        "feast",
        "ibis",
        "lightgbm",
        "mlflow",
        "numpy",
        "pandas",
        "pydantic",
        "rich",
    }
    program = f"import nextbest, sys; print(sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_missing_bank_is_bad_input_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(nextbest.main, ["check", str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "no such file" in result.output
    assert "Traceback" not in result.output


def test_a_date_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    arguments = ["score", str(tmp_path), "--snapshot", "yesterday", "--out", "x.csv"]
    result = CliRunner().invoke(nextbest.main, arguments)
    assert result.exit_code == 2
    assert "expected YYYY-MM-DD" in result.output


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadInputError("too few rows"), 2, "error: too few rows"),
        (GateError("worse"), 1, "refused: worse"),
        (NotADirectoryError(20, "Not a directory", "a/b"), 2, "error: a/b: Not a directory"),
        (OSError(28, "No space left on device"), 2, "error: No space left on device"),
    ],
)
def test_errors_a_user_can_mend_become_exit_codes(error: Exception, code: int, said: str) -> None:
    group = nextbest.Errors("group")

    @group.command()
    def fail() -> None:
        raise error

    assert isinstance(group, click.Group)
    result = CliRunner().invoke(group, ["fail"])
    assert (result.exit_code, result.output.strip()) == (code, said)


def test_a_reader_who_has_gone_away_is_no_error_of_the_users() -> None:
    group = nextbest.Errors("group")

    @group.command()
    def fail() -> None:
        raise BrokenPipeError(32, "Broken pipe")

    assert isinstance(group, click.Group)
    result = CliRunner().invoke(group, ["fail"])
    assert (result.exit_code, result.output) == (1, "")
