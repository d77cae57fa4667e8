"""Models are found in MLflow by alias or number, wherever the bank lies; without one, what to do is said."""

import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from features.contract import CONTRACT_FILE, Calibration, FeatureColumn, Head, ModelContract
from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import Model
from serving.registry import load_model, load_models, load_version

LOAN = Head(
    name="loan", booster_file=None, calibration=Calibration(kind="identity"), base_rate=0.0125, positives=5
)
CONTRACT = ModelContract(
    model="propensity",
    feature_service="propensity-00000000",
    columns=(FeatureColumn(name="balance"),),
    heads=(LOAN,),
    gap_days=0,
    horizon_days=90,
    train_snapshots=("2024-01-01",),
    fingerprint="0" * 64,
)
ONE_CUSTOMER = pa.table({"balance": [1.0]})


def bank(folder: Path) -> BankSpec:
    return BankSpec.model_validate(
        {
            "folder": folder,
            "name": "A Bank",
            "tables": {"customers": {"path": "customers.csv"}},
            "snapshots": {"dates": (date(2024, 1, 1),)},
        }
    )


@pytest.fixture(autouse=True)
def _own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_a_bank_without_models_says_to_train(tmp_path: Path) -> None:
    spec = bank(tmp_path)
    with pytest.raises(BadInputError, match="no champion model yet; run `nextbest train"):
        load_models(spec)
    with pytest.raises(BadInputError, match=r"no challenger churn model yet; run `nextbest train .* churn`"):
        load_model(spec, Model.CHURN, "challenger")
    assert not spec.state.exists()  # asking creates no database


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank whose registry holds two propensity versions, the second the champion."""
    from mlflow import MlflowClient

    spec = bank(tmp_path_factory.mktemp("registered"))
    spec.state.mkdir()
    uri = f"sqlite:///{spec.state}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("a-bank-propensity")
    for version, base_rate in (("1", 0.25), ("2", 0.5)):
        source = spec.state / "mlartifacts" / f"run{version}" / "artifacts" / "model"
        source.mkdir(parents=True)
        heads = (LOAN.model_copy(update={"base_rate": base_rate}),)
        (source / CONTRACT_FILE).write_text(CONTRACT.model_copy(update={"heads": heads}).model_dump_json())
        client.create_model_version("a-bank-propensity", source.as_uri())
    client.set_registered_model_alias("a-bank-propensity", "champion", "2")
    return spec.folder


def test_the_champion_is_loaded_and_a_model_without_one_left_out(registered: Path) -> None:
    (model,) = load_models(bank(registered))
    assert (model.name, model.version) == (Model.PROPENSITY, "propensity/2")
    assert model.predict(ONE_CUSTOMER)["loan"].tolist() == [0.5]
    assert load_model(bank(registered), Model.PROPENSITY).version == "propensity/2"
    with pytest.raises(BadInputError, match="no champion churn model"):
        load_model(bank(registered), Model.CHURN)
    with pytest.raises(BadInputError, match="no challenger propensity model"):
        load_model(bank(registered), Model.PROPENSITY, "challenger")


def test_a_model_that_waits_need_not_be_trained_again(registered: Path, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    spec = bank(shutil.copytree(registered, tmp_path / "waiting"))
    uri = f"sqlite:///{spec.state}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.delete_registered_model_alias("a-bank-propensity", "champion")
    client.set_registered_model_alias("a-bank-propensity", "challenger", "2")
    told = r"propensity/2 is not promoted: `nextbest models .*waiting promote propensity` says why"
    with pytest.raises(BadInputError, match=f"no champion model yet; {told}"):
        load_models(spec)
    with pytest.raises(BadInputError, match=f"no champion propensity model yet; {told}"):
        load_model(spec, Model.PROPENSITY)
    with pytest.raises(
        BadInputError, match=r"no champion churn model yet; run `nextbest train .* churn` first"
    ):
        load_model(spec, Model.CHURN)


def test_a_version_is_loaded_by_its_number_with_the_digest_of_its_files(registered: Path) -> None:
    first, second = (load_version(bank(registered), f"propensity/{number}") for number in (1, 2))
    assert (first.version, second.version) == ("propensity/1", "propensity/2")
    assert first.digest != second.digest
    assert load_model(bank(registered), Model.PROPENSITY).digest == second.digest
    for gone in ("propensity/9", "churn/1", "nothing/1", "propensity"):
        with pytest.raises(BadInputError, match=f"the registry holds no {gone}"):
            load_version(bank(registered), gone)


def test_a_moved_bank_reads_its_own_models(registered: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(registered, tmp_path / "moved")
    for file in (moved / ".nextbest" / "mlartifacts").rglob(CONTRACT_FILE):
        file.write_text(file.read_text().replace('"base_rate":0.5', '"base_rate":0.75'))
    (model,) = load_models(bank(moved))
    assert model.predict(ONE_CUSTOMER)["loan"].tolist() == [0.75]


def test_a_registry_elsewhere_is_downloaded_from(
    registered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{registered}/.nextbest/mlflow.db")
    (model,) = load_models(bank(tmp_path))
    assert model.predict(ONE_CUSTOMER)["loan"].tolist() == [0.5]
