"""Models are read from LightGBM's own text, predict by name, and refuse what does not fit."""

from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from features.contract import CONTRACT_FILE, Calibration, FeatureColumn, Head, ModelContract, TierShift
from features.errors import BadInputError
from serving.models import ALL_THREADS, by_feature, read_model
from serving.tree_shap import MANY_ROWS

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


def test_one_changed_byte_of_a_model_changes_its_digest(folder: Path) -> None:
    before = read_model(folder, "propensity/1").digest
    path = folder / "card.lgb"
    path.write_text(path.read_text().replace("shrinkage=0.1", "shrinkage=0.2", 1))
    assert read_model(folder, "propensity/1").digest != before


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
