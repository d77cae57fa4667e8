"""From a bank to chosen parameters: continued, recorded, and used by the next training."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.spec import BankSpec, Product
from features.training_spec import ParameterSpec, TrainingSpec
from features.vocabulary import Model
from training import registry
from training.backtest.folds import Past
from training.dataset import History, Rows, number_customers
from training.fit import options
from training.pipeline import train
from training.reading import current_layout
from training.tune.choice import candidates
from training.tune.problem import Folds, metrics_of, tuning_folds
from training.tune.report import keep, record
from training.tune.space import OWN_LEAVES, SPACE, fitted_with
from training.tune.storage import open_study
from training.tune.study import Wanted, _begin, _job, tune
from training.tune.worker import Job, work
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


def opened(*openings: int, customers: int = 2000) -> Past:
    """Three months of products that so many of the customers open in each, by a signal and much chance."""
    random = np.random.default_rng(0)
    signal = random.normal(size=customers)
    days = np.array([date(2024, month, 1) for month in (1, 2, 3)], "datetime64[D]")
    numbers, dates = np.tile(np.arange(customers), 3), np.repeat(days, customers)
    keys = pa.table({"customer_id": numbers, "snapshot_date": dates})
    heads = [np.tile(np.argsort(np.argsort(random.gumbel(size=customers) + signal)), 3) for _ in openings]
    labels = np.column_stack([place >= customers - one for place, one in zip(heads, openings, strict=True)])
    names = tuple(f"product{place}" for place in range(len(openings)))
    matrix = np.tile(signal, 3)[:, None]
    rows = Rows((("signal", "number"),), names, keys, matrix, pa.table({}), labels.astype(float))
    return Past(rows, number_customers(keys), "")


def test_the_start_of_untuned_heads_is_tried_and_kept_as_they_are_trained(bank: BankSpec) -> None:
    """The trees of one popular and one rare product are not alike."""
    past = opened(900, 60)
    problem = Folds(bank, Model.PROPENSITY, past, tuning_folds(past, bank, 1), "skill")
    job = Job(str(bank.folder / "one.journal"), "one", bank.folder / "alive", trials=1)
    _begin(job, problem)
    work(job, problem, problem.fixed)
    study = open_study(job.storage, job.study)
    [start] = candidates(study)
    untuned, alike = (problem.attempt(0, given) for given in ({}, {"num_leaves": 15}))
    assert (start.quality, start.leaves) == (untuned.quality, untuned.leaves)
    assert (untuned.quality, untuned.leaves) != (alike.quality, alike.leaves)
    assert study.trials[0].params["num_leaves"] == 15
    kept = ParameterSpec.model_validate(fitted_with(study.trials[0]))
    assert kept.num_leaves is None
    assert kept.learning_rate == options((), {}, 0)["learning_rate"]


def test_a_study_is_of_how_all_heads_grow(bank: BankSpec) -> None:
    """The largest heads are alike, of the same data's fingerprint: the rare ones tell the studies apart."""
    names = set()
    for openings in ((900, 60), (900, 400)):
        past = opened(*openings)
        problem = Folds(bank, Model.PROPENSITY, past, tuning_folds(past, bank, 1), "skill")
        names.add(_job(problem, current_layout(bank), Wanted()).study)
    assert len(names) == 2


def test_an_untuned_champion_starts_with_each_heads_own_leaves_and_keeps_them(
    bank: BankSpec, signal_store: History
) -> None:
    assert train(bank, Model.CHURN, store=signal_store).promoted
    found = tune(bank, Model.CHURN, Wanted(trials=1, folds=1), store=signal_store)
    assert [one.user_attrs[OWN_LEAVES] for one in found.study.trials] == [True]  # the defaults are the same
    assert found.flat()["num_leaves"] == "each head's own"
    keep(bank, Model.CHURN, found)
    assert set(read_tuned(bank, Model.CHURN).parameters.given()) == set(SPACE) - {"num_leaves"}
    train(bank, Model.CHURN, store=signal_store)
    assert "num_leaves" not in registry.show_model(bank, Model.CHURN).version.parameters


def test_a_champion_of_chosen_leaves_starts_with_them_beside_each_heads_own(
    bank: BankSpec, signal_store: History
) -> None:
    """Also where both have the same number: they are fitted apart."""
    own = tune(bank, Model.CHURN, Wanted(trials=1, folds=1), store=signal_store).study.trials[0]
    fixed = ParameterSpec(num_leaves=own.params["num_leaves"])
    promoted = bank.model_copy(update={"training": TrainingSpec(parameters=fixed)})
    assert train(promoted, Model.CHURN, store=signal_store).promoted
    wanted = Wanted(trials=3, folds=1, storage=str(bank.folder / "other.journal"))
    one, two, _ = tune(bank, Model.CHURN, wanted, store=signal_store).study.trials
    assert (one.params, one.user_attrs.get(OWN_LEAVES)) == (two.params, None)
    assert two.user_attrs[OWN_LEAVES]


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
