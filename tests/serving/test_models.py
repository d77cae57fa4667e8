"""Models are read from LightGBM's own text, predict by name, and refuse what does not fit."""

import shutil
from datetime import date
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from features.contract import CONTRACT_FILE, Calibration, FeatureColumn, Head, ModelContract, TierShift
from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import Model
from serving.models import ALL_THREADS, by_feature, load_model, load_models, load_version, read_model
from serving.tree_shap import MANY_ROWS

# MLflow 3.17 asks SQLAlchemy 2.1 for a loader that is on its way out.
PLATT = Calibration(kind="platt", slope=0.5, intercept=-0.25)
CITIES = ("bern", "oslo", "rome")
COLUMNS = (
    FeatureColumn(name="balance"),
    FeatureColumn(name="visits"),
    FeatureColumn(name="city", categories=CITIES),
)


def train(matrix: np.ndarray, names: list[str]) -> lgb.Booster:
    label = (matrix[:, 0] + matrix[:, 1] > 0).astype(int)
    data = lgb.Dataset(matrix, label, feature_name=names, categorical_feature=["city"])
    options = {"objective": "binary", "verbose": -1, "num_threads": 1, "seed": 0, "deterministic": True}
    return lgb.train(options, data, 8)


def matrix(rows: int = 400) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.column_stack([random.normal(size=(rows, 2)), random.integers(0, 3, rows)])


def table(values: np.ndarray) -> pa.Table:
    return pa.table(
        {
            "city": [CITIES[int(code)] for code in values[:, 2]],
            "visits": values[:, 1],
            "other": values[:, 0] * 7,
            "balance": values[:, 0],
        }
    )


def contract(heads: tuple[Head, ...], model: str = "propensity") -> ModelContract:
    return ModelContract(
        model=model,
        feature_service="propensity-00000000",
        columns=COLUMNS,
        heads=heads,
        gap_days=0,
        horizon_days=90,
        train_snapshots=("2024-01-01",),
        fingerprint="0" * 64,
    )


def card(calibration: Calibration = PLATT) -> Head:
    return Head(name="card", booster_file="card.lgb", calibration=calibration, base_rate=0.5, positives=200)


RARE = Head(
    name="loan", booster_file=None, calibration=Calibration(kind="identity"), base_rate=0.0125, positives=5
)


@pytest.fixture
def booster() -> lgb.Booster:
    return train(matrix(), ["balance", "visits", "city"])


@pytest.fixture
def folder(tmp_path: Path, booster: lgb.Booster) -> Path:
    booster.save_model(tmp_path / "card.lgb")
    (tmp_path / CONTRACT_FILE).write_text(contract((card(), RARE)).model_dump_json())
    return tmp_path


def test_predicts_as_the_plain_booster_then_calibrates(folder: Path, booster: lgb.Booster) -> None:
    values = matrix()
    raw = np.asarray(booster.predict(values))
    expected = 1 / (1 + np.exp(-(0.5 * np.log(raw / (1 - raw)) - 0.25)))
    found = read_model(folder, "propensity/1").predict(table(values), threads=ALL_THREADS)
    np.testing.assert_allclose(found["card"], expected, rtol=0, atol=1e-12)


def test_a_shift_by_category_follows_the_calibration(folder: Path, booster: lgb.Booster) -> None:
    shift = TierShift(column="city", place=2, log_odds=(0.7, 0.0, -1.1))
    shifted = card(PLATT.model_copy(update={"shift": shift}))
    (folder / CONTRACT_FILE).write_text(contract((shifted,)).model_dump_json())
    model, values = read_model(folder, "propensity/1"), matrix()
    features = table(values).set_column(
        0, "city", pa.array([*table(values)["city"].to_pylist()[:-1], "lima"])
    )
    values[-1, 2] = np.nan
    raw = np.asarray(booster.predict(values))
    more = np.append([shift.log_odds[int(code)] for code in values[:-1, 2]], 0.0)
    expected = 1 / (1 + np.exp(-(0.5 * np.log(raw / (1 - raw)) - 0.25 + more)))
    found = model.predict(features, threads=ALL_THREADS)["card"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    alone = [model.predict(features.slice(row, 1))["card"][0] for row in range(350, 400)]
    np.testing.assert_array_equal(found[350:], alone)


def test_one_row_is_predicted_as_in_a_batch(folder: Path) -> None:
    model, values = read_model(folder, "propensity/1"), matrix(50)
    batch = model.predict(table(values), threads=ALL_THREADS)["card"]
    alone = [model.predict(table(values[[row]]))["card"][0] for row in range(50)]
    np.testing.assert_array_equal(batch, alone)


def test_a_head_without_a_booster_answers_its_base_rate(folder: Path) -> None:
    model, values = read_model(folder, "propensity/1"), matrix(3)
    assert model.predict(table(values))["loan"].tolist() == [0.0125] * 3
    assert model.contributions(table(values), "loan").tolist() == [[0.0] * 4] * 3


def test_unknown_categories_and_nulls_are_missing_values(folder: Path, booster: lgb.Booster) -> None:
    features = pa.table({"balance": [0.3, None], "visits": [None, 0.1], "city": ["lima", None]})
    found = read_model(folder, "propensity/1").predict(features)["card"]
    raw = booster.predict(np.array([[0.3, np.nan, np.nan], [np.nan, 0.1, np.nan]]))
    np.testing.assert_allclose(found, PLATT.overall(raw), rtol=0, atol=1e-12)


def test_no_rows_no_probabilities(folder: Path) -> None:
    found = read_model(folder, "propensity/1").predict(table(matrix(3)).slice(0, 0))
    assert {name: len(values) for name, values in found.items()} == {"card": 0, "loan": 0}


def test_contributions_add_up_to_the_log_odds(folder: Path, booster: lgb.Booster) -> None:
    values = matrix(20)
    found = read_model(folder, "propensity/1").contributions(table(values), "card")
    assert found.shape == (20, 4)
    np.testing.assert_allclose(found.sum(axis=1), booster.predict(values, raw_score=True), atol=1e-9)


def test_a_customer_is_explained_alike_alone_and_among_many(folder: Path) -> None:
    model, values = read_model(folder, "propensity/1"), matrix(MANY_ROWS)
    many = model.contributions(table(values), "card")
    few = np.concatenate([model.contributions(table(values[row : row + 1]), "card") for row in range(50)])
    np.testing.assert_array_equal(many[:50], few)


def test_what_a_comparison_moves_is_shared_by_the_features_it_compares() -> None:
    columns = (
        FeatureColumn(name="now"),
        FeatureColumn(name="fall", compares=("then", "now")),
        FeatureColumn(name="then"),
    )
    found = by_feature(np.array([[1.0, 4.0, 10.0, -7.0]]), columns)
    np.testing.assert_array_equal(found, [[3.0, 12.0, -7.0]])


def test_a_missing_column_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(BadInputError, match="features missing for the model: visits"):
        read_model(folder, "propensity/1").predict(table(matrix(3)).drop_columns(["visits"]))


def test_a_booster_that_is_gone_is_named_and_nothing_shouts(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "card.lgb").unlink()
    with pytest.raises(BadInputError, match=r"card\.lgb: no such file; the model version is incomplete"):
        read_model(folder, "propensity/1")
    assert capfd.readouterr().err == ""


def test_a_booster_with_swapped_columns_is_refused_by_name(folder: Path) -> None:
    train(matrix(), ["visits", "balance", "city"]).save_model(folder / "card.lgb")
    with pytest.raises(BadInputError, match="'balance' but is 'visits'; columns are swapped"):
        read_model(folder, "propensity/1")


def test_a_booster_of_other_columns_is_refused_by_name(folder: Path) -> None:
    train(matrix(), ["balance", "logins", "city"]).save_model(folder / "card.lgb")
    with pytest.raises(BadInputError, match=r"missing: \['visits'\]; unknown: \['logins'\]"):
        read_model(folder, "propensity/1")


@pytest.mark.parametrize("file", [CONTRACT_FILE, "card.lgb"])
def test_an_incomplete_version_is_refused(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(BadInputError, match=file):
        read_model(folder, "propensity/1")


def test_a_contract_that_is_none_is_refused(folder: Path) -> None:
    (folder / CONTRACT_FILE).write_text('{"model": "weather"}')
    with pytest.raises(BadInputError, match="not a model's contract"):
        read_model(folder, "propensity/1")


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
        heads = (RARE.model_copy(update={"base_rate": base_rate}),)
        (source / CONTRACT_FILE).write_text(contract(heads).model_dump_json())
        client.create_model_version("a-bank-propensity", source.as_uri())
    client.set_registered_model_alias("a-bank-propensity", "champion", "2")
    return spec.folder


def test_the_champion_is_loaded_and_a_model_without_one_left_out(registered: Path) -> None:
    (model,) = load_models(bank(registered))
    assert (model.name, model.version) == (Model.PROPENSITY, "propensity/2")
    assert model.predict(table(matrix(1)))["loan"].tolist() == [0.5]
    assert load_model(bank(registered), Model.PROPENSITY).version == "propensity/2"
    with pytest.raises(BadInputError, match="no champion churn model"):
        load_model(bank(registered), Model.CHURN)
    with pytest.raises(BadInputError, match="no challenger propensity model"):
        load_model(bank(registered), Model.PROPENSITY, "challenger")


def test_a_version_is_loaded_by_its_number_with_the_digest_of_its_files(registered: Path) -> None:
    first, second = (load_version(bank(registered), f"propensity/{number}") for number in (1, 2))
    assert (first.version, second.version) == ("propensity/1", "propensity/2")
    assert first.digest != second.digest
    assert load_model(bank(registered), Model.PROPENSITY).digest == second.digest
    for gone in ("propensity/9", "churn/1", "nothing/1", "propensity"):
        with pytest.raises(BadInputError, match=f"the registry holds no {gone}"):
            load_version(bank(registered), gone)


def test_one_changed_byte_of_a_model_changes_its_digest(folder: Path) -> None:
    before = read_model(folder, "propensity/1").digest
    path = folder / "card.lgb"
    path.write_text(path.read_text().replace("shrinkage=0.1", "shrinkage=0.2", 1))
    assert read_model(folder, "propensity/1").digest != before


def test_a_moved_bank_reads_its_own_models(registered: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(registered, tmp_path / "moved")
    for file in (moved / ".nextbest" / "mlartifacts").rglob(CONTRACT_FILE):
        file.write_text(file.read_text().replace('"base_rate":0.5', '"base_rate":0.75'))
    (model,) = load_models(bank(moved))
    assert model.predict(table(matrix(1)))["loan"].tolist() == [0.75]


def test_a_registry_elsewhere_is_downloaded_from(
    registered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{registered}/.nextbest/mlflow.db")
    (model,) = load_models(bank(tmp_path))
    assert model.predict(table(matrix(1)))["loan"].tolist() == [0.5]


def test_an_uplift_is_the_difference_of_two_boosters(tmp_path: Path, booster: lgb.Booster) -> None:
    control = train(matrix()[::2], ["balance", "visits", "city"])
    booster.save_model(tmp_path / "card.lgb")
    control.save_model(tmp_path / "card.control.lgb")
    head = card(Calibration(kind="identity")).model_copy(update={"control_file": "card.control.lgb"})
    (tmp_path / CONTRACT_FILE).write_text(contract((head,), "uplift").model_dump_json())
    found = read_model(tmp_path, "uplift/1").predict(table(matrix()))["card"]
    expected = np.asarray(booster.predict(matrix())) - np.asarray(control.predict(matrix()))
    np.testing.assert_array_equal(found, expected)
    assert np.abs(found).max() > 0
