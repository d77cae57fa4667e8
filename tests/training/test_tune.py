"""From a bank to chosen parameters: continued, recorded, and used by the next training."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.layout import Feature, Layout, ViewLayout, save_layout
from features.progress import silent
from features.spec import BankSpec, ParameterSpec, TrainingSpec, read_spec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry, tune_team
from training.backtest_folds import Past, number_customers
from training.dataset import Rows
from training.pipeline import train
from training.tune import Wanted, tune
from training.tune_figures import importance, study_figures
from training.tune_problem import Folds, tuning_folds
from training.tune_report import keep, record
from training.tune_rows import read_rows, write_rows
from training.tune_space import SPACE
from training.tune_team import run_team
from training.tune_worker import Job
from training.tuned import tune_folder

CUSTOMERS = 400
DAYS = [date(2024, month, 1) for month in range(1, 8)]
SIGNAL = np.random.default_rng(0).normal(size=CUSTOMERS)
FEATURES = (("signal", "number"), ("word", "text"))


class FakeStore:
    """A signal of every customer, the same at every snapshot."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("churn-")
        values = SIGNAL[entities[CUSTOMER_ID].to_numpy()]
        return pa.table({"signal": values, "word": ["a"] * len(values)})


def labelled(days: Sequence[date] = DAYS) -> pa.Table:
    random = np.random.default_rng(1)
    left = [random.uniform(size=CUSTOMERS) < 1 / (1 + np.exp(1 - 2 * SIGNAL)) for _ in days]
    dates = pa.array(np.repeat(np.array(days, "datetime64[D]"), CUSTOMERS))
    customers = np.tile(np.arange(CUSTOMERS), len(days))
    return pa.table({CUSTOMER_ID: customers, SNAPSHOT_DATE: dates, "churned": np.concatenate(left)})


@pytest.fixture
def bank(write_bank: Any, with_database: Callable[[BankSpec], BankSpec]) -> BankSpec:
    tables = {"customers": pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), "labels": labelled()}
    window, days = {"horizon_days": 30}, {"dates": DAYS}
    spec = read_spec(write_bank(tables, snapshots=days, churn={"rule": "labels"}, window=window))
    features = tuple(Feature(name=name, kind=kind) for name, kind in FEATURES)  # type: ignore[arg-type] # literals
    view = ViewLayout(name="customer", description="", for_models=True, features=features)
    given = {"views": (view,), "sensitive": (), "snapshots": tuple(DAYS), "fingerprint": "f" * 64}
    save_layout(spec.state, Layout(customer_id_type="int64", **given))
    return with_database(spec)


def past() -> Past:
    table = labelled()
    keys = table.select([CUSTOMER_ID, SNAPSHOT_DATE])
    outcome = table["churned"].to_numpy(zero_copy_only=False).astype(float)[:, None]
    matrix = np.column_stack([np.tile(SIGNAL, len(DAYS)), np.full(len(outcome), np.nan)])
    texts = pa.table({"word": ["a"] * len(outcome)})
    return Past(Rows(FEATURES, ("churn",), keys, matrix, texts, outcome), number_customers(keys), "some")


def test_a_study_is_continued_recorded_and_used_by_the_next_training(bank: BankSpec) -> None:
    steps: list[tuple[str, int, int]] = []
    first = tune(bank, Model.CHURN, Wanted(trials=2, folds=2), lambda *step: steps.append(step), FakeStore())
    assert first.folds == ("2024-05-01", "2024-06-01")  # the newest is left for training to test on
    assert ("trials", 2, 2) in steps
    found = tune(bank, Model.CHURN, Wanted(trials=9, folds=2), store=FakeStore())
    assert found.study.study_name == first.study.study_name
    assert found.as_dict()["trials"] == 9
    assert found.study.trials[0].params["learning_rate"] == 0.05  # the defaults are tried first
    assert found.chosen.quality > 0.05
    keep(bank, Model.CHURN, found)
    trained = train(bank, Model.CHURN, store=FakeStore())
    assert f"parameters chosen by tuning: trial {found.chosen.number} of churn-" in trained.notes[1]
    version = registry.show_model(bank, Model.CHURN).version
    assert float(version.parameters["learning_rate"]) == found.parameters["learning_rate"]
    client = registry.open_client(bank)
    run = client.get_run(record(bank, Model.CHURN, found))
    assert {one.path for one in client.list_artifacts(run.info.run_id)} >= {"report.html", "tradeoff.png"}
    nested = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    assert len(client.search_runs([run.info.experiment_id], filter_string=nested)) == 9


def test_the_champions_parameters_are_tried_first_and_fixed_ones_not_searched(bank: BankSpec) -> None:
    fixed = ParameterSpec(num_leaves=4, learning_rate=0.13)
    promoted = bank.model_copy(update={"training": TrainingSpec(parameters=fixed)})
    assert train(promoted, Model.CHURN, store=FakeStore()).promoted
    found = tune(bank, Model.CHURN, Wanted(trials=1, folds=1), store=FakeStore())
    assert (found.parameters["num_leaves"], found.parameters["learning_rate"]) == (4, 0.13)
    still = tune(promoted, Model.CHURN, Wanted(trials=2, folds=1, best=True), store=FakeStore())
    assert still.study.study_name != found.study.study_name
    assert set(still.study.trials[1].params) == set(SPACE) - {"num_leaves", "learning_rate"}
    assert set(still.parameters) == set(SPACE)


def test_what_cannot_be_tuned_is_refused(bank: BankSpec) -> None:
    with pytest.raises(BadInputError, match="tuned by skill or average_precision, not by map_at_7"):
        tune(bank, Model.CHURN, Wanted(metric="map_at_7"), store=FakeStore())
    with pytest.raises(BadInputError, match="no trial is complete"):
        tune(bank, Model.CHURN, Wanted(minutes=1e-9), store=FakeStore())
    nobody = past()
    nobody.rows.labels[:] = 0
    with pytest.raises(BadInputError, match="both outcomes"):
        tuning_folds(nobody, bank, 3)


def test_rows_are_the_same_from_files(tmp_path: Path) -> None:
    one = past()
    write_rows(one, tmp_path / "rows")
    again = read_rows(tmp_path / "rows")
    np.testing.assert_array_equal(again.rows.matrix, one.rows.matrix)
    np.testing.assert_array_equal(again.rows.labels, one.rows.labels)
    assert (again.rows.features, again.rows.heads, again.note) == (FEATURES, ("churn",), "some")
    assert again.rows.keys.equals(one.rows.keys)
    assert again.rows.texts.equals(one.rows.texts)


def test_a_team_of_processes_spends_the_budget_and_leaves_no_rows(bank: BankSpec) -> None:
    problem = Folds(bank, Model.CHURN, past(), tuning_folds(past(), bank, 1), "skill")
    folder = tune_folder(bank)
    folder.mkdir(parents=True)
    job = Job(str(folder / "team.journal"), "team", folder / "alive", trials=4)
    steps: list[tuple[str, int, int]] = []
    assert run_team(job, problem, 2, lambda *step: steps.append(step)) == 0
    assert steps[-1] == ("trials", 4, 4)
    assert [one.name for one in bank.state.glob("spill-*")] == []


def test_workers_that_all_die_at_once_are_not_started_for_ever(
    bank: BankSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = Folds(bank, Model.CHURN, past(), tuning_folds(past(), bank, 1), "skill")
    job = Job(str(tune_folder(bank) / "team.journal"), "team", tune_folder(bank) / "alive", trials=4)
    monkeypatch.setattr(tune_team, "_round", lambda *_: 2)
    with pytest.raises(BadInputError, match="2 workers ended before a single trial did"):
        run_team(job, problem, 2, silent)


def test_size_and_time_grow_with_the_leaves(bank: BankSpec) -> None:
    problem = Folds(bank, Model.CHURN, past(), tuning_folds(past(), bank, 1), "average_precision")
    small, large = (problem.attempt(0, {"num_leaves": leaves, "min_data_in_leaf": 5}) for leaves in (2, 40))
    assert large.leaves > small.leaves > 0
    assert small.microseconds > 0
    assert 0.3 < small.quality < 1


def test_importance_is_told_of_enough_trials_only(bank: BankSpec) -> None:
    found = tune(bank, Model.CHURN, Wanted(trials=2, folds=1), store=FakeStore())
    assert importance(found.study) == {}
    assert list(study_figures(found.study, found.chosen, "skill")) == ["history", "tradeoff"]
