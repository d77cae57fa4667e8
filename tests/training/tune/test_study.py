"""From a bank to chosen parameters: continued, recorded, and used by the next training."""

from datetime import date

import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.spec import BankSpec, Product
from features.training_spec import ParameterSpec, TrainingSpec
from features.vocabulary import Model
from training import registry
from training.backtest.folds import Past
from training.dataset import History
from training.fit import options
from training.pipeline import train
from training.tune.problem import metrics_of, tuning_folds
from training.tune.report import keep, record
from training.tune.space import SPACE
from training.tune.study import Wanted, tune
from training.tuned import read_tuned, tuned_file


def test_a_study_is_continued_recorded_and_used(bank: BankSpec, signal_store: History) -> None:
    steps: list[tuple[str, int, int]] = []
    first = tune(bank, Model.CHURN, Wanted(trials=2, folds=2), lambda *step: steps.append(step), signal_store)
    assert first.folds == ("2024-05-01", "2024-06-01")  # the newest is left for training to test on
    assert first.snapshots == tuple(date(2024, month, 1) for month in range(1, 8))
    assert ("trials", 2, 2) in steps
    found = tune(bank, Model.CHURN, Wanted(trials=4, folds=2), store=signal_store)
    assert found.study.study_name == first.study.study_name
    assert found.as_dict()["trials"] == 4
    assert found.study.trials[0].params["learning_rate"] == options((), {}, 0)["learning_rate"]  # the default
    assert found.chosen.quality > 0.05
    keep(bank, Model.CHURN, found)
    trained = train(bank, Model.CHURN, store=signal_store)
    assert f"parameters chosen by tuning: trial {found.chosen.number} of churn-" in trained.notes[1]
    assert "tested on 2024-05-01, 2024-06-01 (" in trained.notes[1]
    version = registry.show_model(bank, Model.CHURN).version
    assert float(version.parameters["learning_rate"]) == found.parameters["learning_rate"]
    client = registry.open_client(bank)
    run = client.get_run(record(bank, Model.CHURN, found))
    assert {one.path for one in client.list_artifacts(run.info.run_id)} >= {"report.html", "tradeoff.svg"}
    nested = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    assert len(client.search_runs([run.info.experiment_id], filter_string=nested)) == 4


def test_the_champion_is_tried_first_and_what_is_fixed_not_searched(
    bank: BankSpec, signal_store: History
) -> None:
    fixed = ParameterSpec(num_leaves=4, learning_rate=0.13, extra_trees=False)
    promoted = bank.model_copy(update={"training": TrainingSpec(parameters=fixed)})
    assert train(promoted, Model.CHURN, store=signal_store).promoted
    found = tune(bank, Model.CHURN, Wanted(trials=1, folds=1), store=signal_store)
    assert (found.parameters["num_leaves"], found.parameters["learning_rate"]) == (4, 0.13)
    still = tune(promoted, Model.CHURN, Wanted(trials=2, folds=1, best=True), store=signal_store)
    assert still.study.study_name != found.study.study_name
    assert set(still.study.trials[1].params) == set(SPACE) - {"num_leaves", "learning_rate"}
    assert set(still.parameters) == {*SPACE, "extra_trees"}
    keep(promoted, Model.CHURN, still)
    assert read_tuned(promoted, Model.CHURN).parameters.extra_trees is False


def test_what_cannot_be_tuned_is_refused(bank: BankSpec, signal_store: History, past: Past) -> None:
    journal = bank.folder / "shared" / "one.journal"  # whoever shares it finds the workers' locks beside it
    with pytest.raises(BadInputError, match="tuned by skill or average_precision, not by map_at_7"):
        tune(bank, Model.CHURN, Wanted(metric="map_at_7"), store=signal_store)
    with pytest.raises(BadInputError, match="no trial is complete"):
        tune(bank, Model.CHURN, Wanted(minutes=1e-9, storage=str(journal)), store=signal_store)
    assert {one.suffix for one in journal.parent.iterdir()} == {".journal", ".lock", ".start", ".workers"}
    for penalty in (float("nan"), float("inf"), -5.0):
        with pytest.raises(BadInputError, match=f"penalty: .* at least 0, got {penalty}"):
            tune(bank, Model.CHURN, Wanted(penalty=penalty), store=signal_store)
    notes = bank.folder / "notes.txt"
    notes.write_text("mine", encoding="utf-8")
    with pytest.raises(BadInputError, match="something else than a journal of studies"):
        tune(bank, Model.CHURN, Wanted(storage=str(notes)), store=signal_store)
    assert [one.name for one in bank.folder.glob("*.start")] == []
    nobody = past
    nobody.rows.labels[:] = 0
    with pytest.raises(BadInputError, match="both outcomes"):
        tuning_folds(nobody, bank, 3)


class IdleStore:
    """Nothing is known of anyone."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("churn-")
        return pa.table({"signal": [1.0] * len(entities), "word": ["a"] * len(entities)})


def test_where_no_trial_learns_anything_none_is_chosen(bank: BankSpec) -> None:
    with pytest.raises(BadInputError, match="none is chosen and parameters stay as they are"):
        tune(bank, Model.CHURN, Wanted(trials=3, folds=1), store=IdleStore())
    assert not tuned_file(bank, Model.CHURN).exists()


def test_a_single_product_is_tuned_by_what_needs_no_ranking_of_products(bank: BankSpec) -> None:
    one = bank.model_copy(update={"products": {"card": Product()}})
    with pytest.raises(
        BadInputError, match="of 1 product is tuned by skill or average_precision, not by map_at_7"
    ):
        tune(one, Model.PROPENSITY, Wanted(metric="map_at_7"))
    assert [metrics_of(Model.PROPENSITY, heads)[0] for heads in (1, 2)] == ["skill", "map_at_7"]
