"""The commands about models print what was found, and exit with what came of it."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from features.layout import Layout, load_layout
from features.spec import BankSpec, read_spec
from training import pipeline
from training.commands import models, train
from training.dataset import History
from training.promotion import promote

FORGIVING = "\n[promotion]\ncalibration_error_most = 0.2\nquality_margin = 0.2\npsi_most = 5.0\n"
"""Four hundred customers are few."""


@pytest.fixture
def run(bank: BankSpec, signal_store: History, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call a command on a bank whose gates forgive that it is small."""
    for module in (pipeline, promote):
        monkeypatch.setattr(module, "open_history", lambda *_: signal_store)
    change(bank, FORGIVING)

    def invoke(command: click.Command, *arguments: str) -> Result:
        return CliRunner().invoke(command, [str(bank.folder), *arguments], env={"COLUMNS": "200"})

    return invoke


def change(bank: BankSpec, more: str) -> None:
    path = bank.folder / "bank.toml"
    path.write_text(path.read_text() + more)


def test_a_bank_without_models_has_none(run: Callable[..., Result]) -> None:
    assert run(models).stdout == "Models: none\n"
    assert json.loads(run(models, "list", "--json").stdout) == []
    for action in ("promote", "rollback", "show", "compare"):
        found = run(models, action, "churn")
        assert (found.exit_code, str(found.exception).count("no churn")) == (
            1,
            1,
        )  # BadInputError: 2 in nextbest


def test_train_tells_metrics_and_what_became_of_the_version(run: Callable[..., Result]) -> None:
    told = json.loads(run(train, "churn", "--json").stdout)
    assert (told["version"], told["promoted"]) == (1, True)
    assert told["notes"][-1] == "churn version 1 is now the champion"
    text = run(train, "churn").stdout
    assert "churn version 2" in text
    assert "note: version 2 is the challenger of champion 1" in text
    card = Path(text.split("Card: ")[1].splitlines()[0])
    assert "churn, version 2" in " ".join(card.read_text(encoding="utf-8").split())
    listed = json.loads(run(models, "list", "--json").stdout)
    assert [(row["version"], row["aliases"]) for row in listed] == [(1, "champion"), (2, "challenger")]


def test_a_model_that_cannot_be_learned_does_not_keep_all_from_the_next(
    bank: BankSpec, run: Callable[..., Result], save_built: Callable[[BankSpec, Layout], None]
) -> None:
    change(bank, '[products.card]\nname_en = "Card"\nname_zh = "卡"\nannual_value = 1\n')
    save_built(read_spec(bank.folder), load_layout(bank))
    found = run(train, "all", "--json")
    assert "no snapshot can be labelled" in str(found.exception)
    assert json.loads(found.stdout)["model"] == "churn"
    told = json.loads(run(models, "list", "--json").stdout)
    assert [(row["model"], row["version"]) for row in told] == [("churn", 1)]


def test_promote_prints_its_table_and_rollback_and_history_what_came(run: Callable[..., Result]) -> None:
    for _ in range(2):
        run(train, "churn")
    promoted = run(models, "promote", "churn")
    assert promoted.exit_code == 0, promoted.output
    assert "quality: skill over the champion's, same rows" in promoted.stdout
    assert promoted.stdout.endswith("churn version 2 is now the champion, in place of version 1\n")
    again = json.loads(run(models, "promote", "churn", "--version", "2", "--json").stdout)
    assert again == {"promoted": True, "said": "churn version 2 is the champion already", "gates": []}
    back = run(models, "rollback", "churn").stdout
    assert back == "churn version 1 is the champion again, in place of version 2\n"
    entries = json.loads(run(models, "history", "churn", "--json").stdout)
    assert [(one["kind"], one["version"]) for one in entries] == [
        ("promotion", 1),
        ("promotion", 2),
        ("rollback", 1),
    ]


def test_a_refusal_prints_the_table_and_fails(bank: BankSpec, run: Callable[..., Result]) -> None:
    for _ in range(2):
        run(train, "churn")
    change(bank, "leaves_most = 1\n")
    refused = run(models, "promote", "churn")
    assert refused.exit_code == 1
    assert "size: leaves" in str(refused.exception)
    [line] = [line for line in refused.stdout.splitlines() if "size: leaves" in line]
    assert "NO" in line
    assert refused.stdout.count("NO") == 1
    told = json.loads(run(models, "promote", "churn", "--json").stdout)
    assert told["promoted"] is False
    assert [one["gate"] for one in told["gates"] if not one["passed"]] == ["size: leaves"]


def test_versions_are_shown_and_compared(run: Callable[..., Result]) -> None:
    for _ in range(2):
        run(train, "churn")
    shown = {row["name"]: row["value"] for row in json.loads(run(models, "show", "churn", "--json").stdout)}
    assert (shown["version"], shown["aliases"]) == (2, "challenger")
    compared = json.loads(run(models, "compare", "churn", "--json").stdout)
    assert {row["difference"] for row in compared} == {0.0}
    assert "note:" not in run(models, "compare", "churn").stdout


@pytest.mark.parametrize(
    ("words", "told"), [(["promote"], "needs a model"), (["rebuild", "churn"], "rebuild needs --version")]
)
def test_what_is_missing_is_asked_for(run: Callable[..., Result], words: list[str], told: str) -> None:
    found = run(models, *words)
    assert (found.exit_code, told in found.stderr) == (2, True)
