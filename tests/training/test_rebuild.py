"""A registered model is made again by its card's own command: the same bytes, or it is said what differs."""

import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

import nextbest
from features.build import build_features
from features.progress import silent
from features.spec import BankSpec, read_spec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry
from training.card.card import Card, read_card
from training.pipeline import train

CUSTOMERS = 400
DAYS = [date(2024, month, 1) for month in (1, 2, 3, 4)]
SIGNAL = np.random.default_rng(0).normal(size=CUSTOMERS)


@pytest.fixture
def learned(write_bank: Any, with_database: Callable[[BankSpec], BankSpec]) -> BankSpec:
    """A bank with built features and one churn model."""
    left = np.random.default_rng(1).uniform(size=(len(DAYS), CUSTOMERS)) < 1 / (1 + np.exp(1 - 2 * SIGNAL))
    labels = pa.table(
        {
            CUSTOMER_ID: np.tile(np.arange(CUSTOMERS), len(DAYS)),
            SNAPSHOT_DATE: pa.array(np.repeat(np.array(DAYS, "datetime64[D]"), CUSTOMERS)),
            "churned": left.ravel(),
        }
    )
    customers = pa.table({CUSTOMER_ID: np.arange(CUSTOMERS), "signal": SIGNAL})
    given = {"snapshots": {"dates": DAYS}, "churn": {"rule": "labels"}, "window": {"horizon_days": 30}}
    folder = write_bank({"customers": customers, "labels": labels}, **given)
    spec = with_database(read_spec(folder))
    build_features(spec, silent, today=date(2024, 6, 1))
    train(spec, Model.CHURN)
    return spec


def stored(spec: BankSpec) -> Path:
    return next(spec.state.glob("mlartifacts/**/contract.json")).parent


def card(spec: BankSpec) -> Card:
    found = read_card(stored(spec))
    assert found is not None
    return found


def run(spec: BankSpec, *more: str) -> Result:
    program, *arguments = shlex.split(card(spec).rebuilding.command)
    assert program == "nextbest"
    return CliRunner().invoke(nextbest.main, [*arguments, *more])


def test_the_cards_command_gives_the_same_bytes(learned: BankSpec, tmp_path: Path) -> None:
    out = tmp_path / "again"
    result = run(learned, "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "rebuilt: the same 2 files" in result.output
    for name in card(learned).rebuilding.files:
        assert (out / name).read_bytes() == (stored(learned) / name).read_bytes()
    assert [version.number for version in registry.versions_of(learned, Model.CHURN)] == [1]
    again = run(learned, "--out", str(out))
    assert (again.exit_code, "a folder that is not there yet" in again.output) == (2, True)


def test_what_differs_is_named(learned: BankSpec) -> None:
    kept = stored(learned) / "card.json"
    told = card(learned)
    slower = told.rebuilding.settings | {"learning_rate": 0.01}
    other = told.rebuilding.model_copy(update={"settings": slower})
    kept.write_text(told.model_copy(update={"rebuilding": other}).model_dump_json())
    result = run(learned)
    assert result.exit_code == 1
    assert "differs in answers.parquet, contract.json, model.lgb: it was trained by revision" in result.output


def test_other_data_is_refused(learned: BankSpec) -> None:
    path = learned.folder / "customers.parquet"
    before = card(learned).fingerprint
    changed = pa.table({CUSTOMER_ID: np.arange(CUSTOMERS), "signal": -SIGNAL})
    pa.parquet.write_table(changed, path)
    result = run(learned)
    assert result.exit_code == 2
    assert f"the card's {before[:12]}" in result.output
    build_features(learned, silent, today=date(2024, 6, 1))
    assert run(learned).exit_code == 2  # the features are of the new data, the model is not


@pytest.mark.parametrize(
    "command", [("train", "churn"), ("train", "uplift"), ("backtest", "churn"), ("tune", "churn")]
)
def test_labels_that_changed_after_the_features_are_refused(
    learned: BankSpec, command: tuple[str, str]
) -> None:
    path = learned.folder / "labels.parquet"
    labels = pa.parquet.read_table(path)
    other = pa.array(~labels["churned"].to_numpy())
    pa.parquet.write_table(labels.set_column(labels.column_names.index("churned"), "churned", other), path)
    word, model = command
    result = CliRunner().invoke(nextbest.main, [word, str(learned.folder), model])
    assert result.exit_code == 2
    assert f"run `nextbest features {learned.folder}`" in result.output
    assert [version.number for version in registry.versions_of(learned, Model.CHURN)] == [1]


def test_settings_that_changed_after_the_features_are_the_cards_own(learned: BankSpec) -> None:
    path = learned.folder / "bank.toml"
    path.write_text(path.read_text() + "\n[training]\nseed = 5\n")
    seeded = read_spec(learned.folder)
    train(seeded, Model.CHURN)
    words = ["models", str(learned.folder), "rebuild", "churn", "--version"]
    assert CliRunner().invoke(nextbest.main, [*words, "2"]).exit_code == 0
    assert CliRunner().invoke(nextbest.main, [*words, "1"]).exit_code == 2  # its card says another seed
