"""The policy's commands as typed."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import nextbest
from serving.policy.file import default_policy_path


@pytest.mark.parametrize("command", ["check", "diff"])
def test_they_explain_themselves(command: str) -> None:
    result = CliRunner().invoke(nextbest.main, ["policy", command, "--help"])
    assert result.exit_code == 0
    assert "--json" in result.output


def test_a_bad_policy_is_one_line_with_its_place(write_bank: Any, tmp_path: Path) -> None:
    folder = write_bank({"customers": [{"customer_id": 1}]})
    bad = tmp_path / "bad.toml"
    bad.write_text(default_policy_path().read_text(encoding="utf-8").replace("share = 0.05", "share = 5.0"))
    good = str(default_policy_path())
    for arguments in (["check", str(folder), "--policy", str(bad)], ["diff", str(folder), good, str(bad)]):
        result = CliRunner().invoke(nextbest.main, ["policy", *arguments])
        assert result.exit_code == 2
        assert result.output.startswith(f"error: {bad}, line ")
        assert ": holdout.share: " in result.output
        assert len(result.output.splitlines()) == 1


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(nextbest.main, ["policy", "check", str(tmp_path), "--policy", "none.toml"])
    assert result.exit_code == 2
    assert "none.toml" in result.output
