"""The commands print what was found, as a table or as JSON, and what to do with it."""

import json
from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.layout import Layout, load_layout, save_layout
from features.spec import BankSpec
from features.training_spec import ParameterSpec
from features.vocabulary import Model
from training.backtest import walk
from training.dataset import History
from training.tune import study
from training.tuned import Tuned, write_tuned
from training.validation_commands import backtest as backtest_command
from training.validation_commands import tune as tune_command


@pytest.fixture
def run(bank: BankSpec, signal_store: History, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    for module in (walk, study):
        monkeypatch.setattr(module, "open_history", lambda *_: signal_store)

    def invoke(command: object, *arguments: str) -> str:
        result = CliRunner().invoke(command, [str(bank.folder), "churn", *arguments])  # type: ignore[arg-type] # a command
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


def test_backtest_prints_tables_or_json(run: Callable[..., str]) -> None:
    found = json.loads(run(backtest_command, "--folds", "2", "--draws", "20", "--curve", "--json"))
    assert {one["snapshot"] for one in found["snapshots"]} == {"2024-06-01", "2024-07-01", "mean"}
    assert found["curve"]
    text = run(backtest_command, "--folds", "1", "--draws", "20")
    assert "churn: By test snapshot, with 95 % intervals" in text
    assert "MLflow run" in text


def test_what_is_undefined_is_null_for_a_program(
    run: Callable[..., str], bank: BankSpec, save_built: Callable[[BankSpec, Layout], None]
) -> None:
    path = bank.folder / "labels.parquet"
    labels = pq.read_table(path)
    newest = pc.equal(labels["snapshot_date"], pa.scalar(date(2024, 7, 1)))
    left = pc.if_else(newest, pa.scalar(False), labels["churned"])
    pq.write_table(labels.set_column(labels.column_names.index("churned"), "churned", left), path)
    save_built(bank, load_layout(bank))
    text = run(backtest_command, "--folds", "2", "--draws", "20", "--json")
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    value = {one["snapshot"]: one["value"] for one in found["snapshots"] if one["metric"] == "roc_auc"}
    assert value["2024-07-01"] is None
    assert value["mean"] == value["2024-06-01"] > 0.5
    assert any("the outcomes of 2024-07-01 do not tell roc_auc" in note for note in found["notes"])


def test_backtest_marks_what_tuning_chose_on(run: Callable[..., str], bank: BankSpec) -> None:
    chosen = {"model": "churn", "study": "churn-1", "trial": 7, "folds": ("2024-05-01", "2024-06-01")}
    promised = {"metric": "skill", "quality": 0.2, "microseconds_a_row": 1.5}
    write_tuned(bank, Model.CHURN, Tuned(**chosen, **promised, parameters=ParameterSpec(num_leaves=4)))
    found = json.loads(run(backtest_command, "--folds", "2", "--draws", "20", "--json"))
    marked = {one["snapshot"]: one["tuned_on"] for one in found["snapshots"]}
    assert marked == {"2024-06-01": True, "2024-07-01": False, "mean": True}
    assert [note for note in found["notes"] if "optimistic" in note] == [
        "tuning chose the parameters on 2024-06-01: what is told there, and means over it, is optimistic"
    ]
    assert any("trial 7 of churn-1" in note for note in found["notes"])
    assert "optimistic" not in run(backtest_command, "--folds", "1", "--draws", "20")


def test_tune_prints_the_choice_and_where_it_lies(run: Callable[..., str]) -> None:
    text = run(tune_command, "--trials", "1", "--folds", "1")
    assert "churn: trial 0 is chosen" in text
    assert "churn.json" in text
    assert "tuned on 2024-06-01; left for training to test on: the newest snapshot, 2024-07-01\n" in text
    found = json.loads(run(tune_command, "--trials", "1", "--folds", "1", "--json"))
    assert found["trials"] == 1
    again = "nothing new was tried: trials count those of all starts, and the study has 1"
    assert again not in text
    assert again in found["notes"]
    assert (found["earlier"], found["trials"]) == (1, 1)
    few = "which parameters matter is told from 8 complete trials on, of 1 here"
    assert f"note: {few}\n" in text
    assert few in found["notes"]
    assert found["folds"] == ["2024-06-01"]


def test_tune_says_that_a_single_snapshot_leaves_customers(run: Callable[..., str], bank: BankSpec) -> None:
    layout = load_layout(bank)
    save_layout(bank.state, layout.model_copy(update={"snapshots": layout.snapshots[:1]}))
    text = run(tune_command, "--trials", "1", "--folds", "2")
    left = "left for training to test on: customers that are in none of these"
    assert f"tuned on customers 4, customers 5; {left}\n" in text
