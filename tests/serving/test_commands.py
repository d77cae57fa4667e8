"""What goes wrong on the way to scores and lists is one message and exit code 2, leaving nothing behind."""

import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import nextbest
from features.vocabulary import Model
from serving import scores
from serving.scores import Scored

EVERY = [["score", "--out", "new/s.csv"], ["campaign", "--out", "new/c"], ["serve"], ["decide", "1"]]


@pytest.fixture
def folder(write_bank: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bank without features, in the folder that we stand in."""
    bank = Path(write_bank({"customers": [{"customer_id": 1}]}))
    monkeypatch.chdir(bank)
    return bank


def run(command: str, *arguments: str) -> Result:
    return CliRunner().invoke(nextbest.main, [command, ".", *arguments])


def refused(result: Result, said: str) -> None:
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert "Traceback" not in result.output


@pytest.mark.parametrize("line", EVERY, ids=lambda line: str(line[0]))
def test_a_bank_without_features_is_told_to_build_them(folder: Path, line: list[str]) -> None:
    before = sorted(folder.rglob("*"))
    free = ["--port", "0"] if line[0] == "serve" else []
    refused(run(*line, *free), "run `nextbest features")
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("line", EVERY, ids=lambda line: str(line[0]))
def test_a_bank_that_is_not_there_is_named(folder: Path, line: list[str]) -> None:
    command, *rest = line
    result = CliRunner().invoke(nextbest.main, [command, "nowhere", *rest])
    refused(result, "nowhere: no such file; expected a bank folder")


def test_a_port_in_use_is_told_before_anything_is_put_online(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(run("serve", "--port", str(port)), f"127.0.0.1:{port}: cannot listen there")
    refused(run("serve", "--host", "bank.example"), "expected an IP address")


@pytest.mark.parametrize(
    ("command", "out", "said"),
    [
        ("score", "s.xlsx", "expected a name ending in .parquet or .csv"),
        ("score", "bank.toml/s.csv", "bank.toml is a file"),
        ("campaign", "bank.toml", "expected a folder, found a file"),
        ("campaign", "bank.toml/c", "bank.toml is a file"),
        ("campaign", ".", "holds something other than a campaign"),
    ],
)
def test_a_place_that_takes_no_result_is_refused_first(
    folder: Path, command: str, out: str, said: str
) -> None:
    refused(run(command, "--out", out), said)


def test_what_is_asked_for_must_be_a_date_and_a_file(folder: Path) -> None:
    assert "expected YYYY-MM-DD" in run("score", "--snapshot", "soon", "--out", "s.csv").output
    assert run("score").exit_code == run("campaign").exit_code == 2


def test_what_to_know_of_scores_is_told_below_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Scored(Path("s.csv"), 7, "churn/3", (Model.PROPENSITY,), ("churn/3 answers for 90 days",))
    monkeypatch.setattr(scores, "score_bank", lambda *_: told)
    assert run("score", "--snapshot", "2024-01-01", "--out", "s.csv").output.splitlines() == [
        "note: no propensity model has been promoted; its columns are left out",
        "note: churn/3 answers for 90 days",
        "7 customers scored by churn/3: s.csv",
    ]
