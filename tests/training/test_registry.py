"""What is registered can be listed, compared, promoted through the gate, and read without pickle."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from features.contract import CONTRACT_FILE, Calibration, FeatureColumn, ModelContract, model_digest
from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import CHALLENGER, CHAMPION, Model
from training import artifact, registry
from training.aliases import aliases_locked
from training.artifact import TrainedModel, contract_heads
from training.card.card import CARD_PAGE, Card, read_card
from training.heads import FittedHead
from training.plots import importance_plot

NAMES = ("balance", "visits")
PLATT = Calibration(kind="platt", slope=0.9, intercept=0.1)
GOOD = {
    "log_loss": 0.30,
    "log_loss_of_base_rates": 0.40,
    "average_precision": 0.50,
    "calibration_error": 0.01,
    "card/roc_auc": 0.8,
}


def head(name: str, seed: int, positives: int = 50) -> FittedHead:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(400, 2))
    label = (matrix[:, 0] + random.normal(size=400) > 0).astype(float)
    data = lgb.Dataset(matrix, label, feature_name=list(NAMES))
    booster = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 5)
    return FittedHead(name, booster, PLATT, 0.5, positives)


RARE = FittedHead("loan", None, Calibration(kind="identity"), 0.01, 3, note="loan: 3 positives")


def trained(*heads: FittedHead, tested_on: str = "rows", **metrics: float) -> TrainedModel:
    heads = heads or (head("card", 0), head("fund", 1, positives=80), RARE)
    contract = ModelContract(
        model="propensity",
        feature_service="propensity-1",
        columns=tuple(FeatureColumn(name=name) for name in NAMES),
        heads=contract_heads(heads, {}),
        gap_days=0,
        horizon_days=90,
        train_snapshots=("2024-01-01",),
        fingerprint="f" * 64,
    )
    return TrainedModel(
        contract=contract,
        heads=heads,
        metrics={**GOOD, **metrics},
        settings={"learning_rate": 0.03},
        split="trained on Monday, tested on Tuesday",
        refitted=False,
        tested_on=tested_on,
        sample=np.random.default_rng(2).normal(size=(20, 2)),
        figures={"importance": importance_plot({"balance": 0.7, "visits": 0.3})},
    )


def crown(spec: BankSpec) -> None:
    """The challenger as champion, past the gates."""
    client = registry.open_client(spec)
    version = client.get_model_version_by_alias("a-bank-propensity", CHALLENGER).version
    client.set_registered_model_alias("a-bank-propensity", CHAMPION, version)
    client.delete_registered_model_alias("a-bank-propensity", CHALLENGER)


def artifacts(spec: BankSpec, version: int) -> Path:
    found = registry.open_client(spec).get_model_version("a-bank-propensity", str(version))
    return Path(found.source.removeprefix("file://"))


def test_a_version_holds_contract_texts_card_and_flavour(spec: BankSpec) -> None:
    model = trained()
    folder = artifacts(spec, registry.register(spec, model))
    assert folder.is_relative_to(spec.state / "mlartifacts")
    contract = ModelContract.model_validate_json((folder / CONTRACT_FILE).read_bytes())
    assert contract == model.contract
    assert [one.booster_file for one in contract.heads] == ["heads/card.lgb", "model.lgb", None]
    for one, fitted in zip(contract.heads[:2], model.heads, strict=False):
        stored = lgb.Booster(model_file=folder / one.booster_file)
        assert stored.feature_name() == list(NAMES)
        np.testing.assert_array_equal(stored.predict(model.sample), fitted.booster.predict(model.sample))
    card = read_card(folder)
    assert (card.version, card.metrics, card.notes) == (1, model.metrics, ("loan: 3 positives",))
    assert card.rebuilding.digest == model_digest(folder, contract)
    assert "propensity, version 1" in (folder / "card.html").read_text()
    assert (folder.parent / "plots" / "importance.svg").read_text() in (folder / "card.html").read_text()
    assert not [file for file in folder.rglob("*") if file.suffix in (".pkl", ".pickle", ".joblib", ".skops")]


def test_mlflow_reads_the_signature_with_ordered_names(spec: BankSpec) -> None:
    from mlflow.models import Model as Description

    found = Description.load(str(artifacts(spec, registry.register(spec, trained()))))
    assert found.signature.inputs.input_names() == list(NAMES)
    assert found.flavors["lightgbm"]["data"] == "model.lgb"


def test_a_model_of_base_rates_alone_can_be_registered(spec: BankSpec) -> None:
    folder = artifacts(spec, registry.register(spec, trained(RARE)))
    assert (folder / "MLmodel").is_file()
    assert not list(folder.rglob("*.lgb"))


def test_a_run_records_how_each_head_was_grown_however_many_there_are(spec: BankSpec) -> None:
    """MLflow takes a hundred parameters at a time."""
    growth = [{"num_leaves": place, "extra_trees": True} for place in range(60)]
    grown = [replace(RARE, name=f"p{place}", growth=one) for place, one in enumerate(growth)]
    number = registry.register(spec, trained(*grown))
    found = registry.show_model(spec, Model.PROPENSITY, number).version.parameters
    assert [found[f"p{place}/num_leaves"] for place in range(60)] == [str(place) for place in range(60)]
    assert found["learning_rate"] == "0.03"


def test_what_a_run_records(spec: BankSpec) -> None:
    number = registry.register(spec, trained())
    shown = registry.show_model(spec, Model.PROPENSITY, number).as_dict()
    assert shown["version"] == number
    assert shown["aliases"] == CHALLENGER
    assert shown["description"] == "trained on Monday, tested on Tuesday"
    assert shown["data_fingerprint"] == "f" * 64
    assert shown["learning_rate"] == "0.03"
    assert shown["card/roc_auc"] == 0.8
    assert {"git_revision", "tested_on", "train_snapshots"} < shown.keys()
    json.dumps(shown)


def test_versions_are_listed_with_their_aliases(spec: BankSpec) -> None:
    first = registry.register(spec, trained())
    crown(spec)
    second = registry.register(spec, trained(average_precision=0.6))
    listed = [version.as_dict() for version in registry.list_models(spec)]
    assert [(row["version"], row["aliases"]) for row in listed] == [(first, CHAMPION), (second, CHALLENGER)]
    assert [row["average_precision"] for row in listed] == [0.5, 0.6]
    assert listed[0]["roc_auc"] is None


def test_comparison_shows_both_sides(spec: BankSpec) -> None:
    registry.register(spec, trained())
    crown(spec)
    registry.register(spec, trained(average_precision=0.75))
    rows = {row["metric"]: row for row in registry.compare_models(spec, Model.PROPENSITY).rows}
    assert rows["average_precision"] == {
        "metric": "average_precision",
        CHAMPION: 0.5,
        CHALLENGER: 0.75,
        "difference": 0.25,
    }


def test_a_model_whose_files_predict_otherwise_is_not_registered(
    spec: BankSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_another(model: TrainedModel, folder: Path) -> None:
        artifact.write_files(replace(model, heads=(head("card", 9), *model.heads[1:])), folder)

    monkeypatch.setattr(registry, "write_files", write_another)
    with pytest.raises(RuntimeError, match=r"heads/card.lgb: the stored booster's predictions are off by"):
        registry.register(spec, trained())
    assert registry.list_models(spec) == []
    client = registry.open_client(spec)
    [run] = client.search_runs([client.get_experiment_by_name("a-bank").experiment_id])
    assert run.info.status == "FAILED"


def test_a_training_that_ends_after_a_later_version_is_registered_leaves_it_the_challenger(
    spec: BankSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckoned, numbers = registry.card_facts, []

    def slowly(bank: BankSpec, model: TrainedModel, version: int, *given: Any, **named: Any) -> Card:
        numbers.append(version)
        if version == 1:
            registry.register(spec, trained())
        return reckoned(bank, model, version, *given, **named)

    monkeypatch.setattr(registry, "card_facts", slowly)
    assert registry.register(spec, trained()) == 1
    assert numbers == [1, 2]
    assert [one.aliases for one in registry.list_models(spec)] == [(), (CHALLENGER,)]


def test_registering_waits_for_whoever_changes_aliases(spec: BankSpec) -> None:
    registry.register(spec, trained())
    client = registry.open_client(spec)
    training = Thread(target=registry.register, args=(spec, trained()))
    with aliases_locked(spec, Model.PROPENSITY):
        training.start()
        while len(registry.list_models(spec)) < 2 or not (artifacts(spec, 2) / CARD_PAGE).is_file():
            assert training.is_alive()
        training.join(0.5)
        assert client.get_model_version_by_alias("a-bank-propensity", CHALLENGER).version == 1
    training.join()
    assert client.get_model_version_by_alias("a-bank-propensity", CHALLENGER).version == 2


def test_asking_a_bank_without_models_creates_nothing(tmp_path: Path, spec: BankSpec) -> None:
    other = spec.model_copy(update={"folder": tmp_path / "other"})
    assert registry.list_models(other) == []
    for ask in (registry.show_model, registry.compare_models):
        with pytest.raises(BadInputError, match=r"no churn model yet; run `nextbest train .* churn`"):
            ask(other, Model.CHURN)
    assert not other.state.exists()


def test_an_unknown_version_is_refused_with_the_known_ones(spec: BankSpec) -> None:
    registry.register(spec, trained())
    with pytest.raises(BadInputError, match="no propensity version 7; there are 1"):
        registry.show_model(spec, Model.PROPENSITY, 7)


FIRST = """
import sys
from datetime import date
from pathlib import Path
import mlflow.store.tracking.sqlalchemy_store
from features.spec import BankSpec
from training.registry import experiment_of, open_client
spec = BankSpec(folder=Path(sys.argv[1]), name="A Bank", tables={"customers": {"path": "c.csv"}},
                snapshots={"dates": (date(2024, 1, 1),)})
print("ready", flush=True)
sys.stdin.readline()
client = open_client(spec)
print(experiment_of(client, spec), len(client.search_registered_models()))
"""
"""What the first training of a bank does with MLflow, once it is told to begin."""


def test_two_first_trainings_at_once_share_one_registry(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(2)
    ]
    for one in both:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    for one in both:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    assert told[0][0] == told[1][0] == "1 0\n"
    left = {path.name for path in (tmp_path / ".nextbest").iterdir()}
    assert left == {"mlflow.db", "mlflow.db.lock"}


def test_what_another_training_made_meanwhile_is_taken(
    spec: BankSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.register(spec, trained())
    client = registry.open_client(spec)
    found = registry.experiment_of(client, spec)
    answers = iter([None, client.get_experiment(found)])  # not there when looked for, there when made
    monkeypatch.setattr(client, "get_experiment_by_name", lambda _: next(answers))
    assert registry._experiment_called(client, "a-bank", None) == found
    monkeypatch.setattr(client, "search_registered_models", lambda **_: [])
    monkeypatch.setattr(registry, "open_client", lambda _: client)
    monkeypatch.setattr(registry, "experiment_of", lambda *_: found)
    assert registry.register(spec, trained()) == 2


def test_a_bank_that_was_moved_writes_where_it_now_is(
    tmp_path: Path, with_database: Callable[[BankSpec], BankSpec], spec: BankSpec
) -> None:
    registry.register(spec, trained())
    moved = spec.model_copy(update={"folder": tmp_path / "moved"})
    spec.state.rename(tmp_path / "state")
    moved.folder.mkdir()
    (tmp_path / "state").rename(moved.state)
    for expected in (2, 3):
        assert registry.register(moved, trained()) == expected
        assert artifacts(moved, expected).is_relative_to(moved.state)
    assert not spec.state.exists()
