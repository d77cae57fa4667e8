"""The README does what it says: its commands run, its bank.toml is one."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import nextbest
from features.spec import BankSpec, parse

pytestmark = pytest.mark.long

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
LINES_MOST = 80


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= LINES_MOST


def test_every_bank_toml_is_valid_and_short(tmp_path: Path) -> None:
    blocks = _blocks("toml")
    assert blocks
    for block in blocks:
        assert len(block.splitlines()) < 20
        parse(BankSpec, {**tomllib.loads(block), "folder": tmp_path}, tmp_path / "bank.toml")


@pytest.mark.timeout(600)
def test_every_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [line[2:] for block in _blocks("console") for line in block.splitlines() if line[:2] == "$ "]
    assert len(commands) >= 7
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "nextbest"
        result = CliRunner().invoke(nextbest.main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, f"{command}\n{result.output}"
    assert (tmp_path / "scores.parquet").is_file()
    assert (tmp_path / "campaign" / "report.html").is_file()


def test_every_file_it_points_to_is_there() -> None:
    root = Path(__file__).parent.parent
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (root / target).exists(), target
