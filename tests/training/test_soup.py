"""An averaged booster answers with the mean of log-odds, whatever the trees look like."""

import lightgbm as lgb
import numpy as np
import pytest

from training.soup import ROWS_MOST, SOUP, averaged, servings

SETTINGS = {"objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True}


def rows(number: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    matrix = np.column_stack([random.normal(size=(number, 2)), random.integers(0, 5, number)])
    matrix[::7, 1] = np.nan
    odds = matrix[:, 0] + (matrix[:, 2] == 3) - 1
    return matrix, (random.uniform(size=number) < 1 / (1 + np.exp(-odds))).astype(float)


def booster(seed: int, rounds: int = 20) -> lgb.Booster:
    matrix, labels = rows()
    data = lgb.Dataset(matrix, labels, feature_name=["balance", "visits", "city"], categorical_feature=[2])
    settings = {**SETTINGS, "seed": seed, "bagging_fraction": 0.5, "bagging_freq": 1, "num_leaves": 8}
    trained = lgb.train(settings, data, rounds)
    return lgb.Booster(model_str=trained.model_to_string())


@pytest.fixture(scope="module")
def boosters() -> list[lgb.Booster]:
    return [booster(seed, rounds) for seed, rounds in ((0, 20), (1, 7), (2, 1))]


def test_its_log_odds_are_the_mean(boosters: list[lgb.Booster]) -> None:
    matrix, _ = rows()
    found = averaged(boosters)
    expected = np.mean([one.predict(matrix, raw_score=True) for one in boosters], axis=0)
    assert found.predict(matrix, raw_score=True) == pytest.approx(expected, abs=1e-12)
    assert found.predict(matrix) == pytest.approx(1 / (1 + np.exp(-expected)), abs=1e-12)
    assert found.num_trees() == 28
    assert found.feature_name() == ["balance", "visits", "city"]


def test_its_reasons_are_the_mean(boosters: list[lgb.Booster]) -> None:
    matrix, _ = rows(50)
    found = averaged(boosters).predict(matrix, pred_contrib=True)
    expected = np.mean([one.predict(matrix, pred_contrib=True) for one in boosters], axis=0)
    assert found == pytest.approx(expected, abs=1e-9)


def test_it_is_written_and_read_to_the_byte(boosters: list[lgb.Booster]) -> None:
    text = averaged(boosters).model_to_string()
    assert text == averaged(boosters).model_to_string()
    assert text == lgb.Booster(model_str=text).model_to_string()


def test_one_booster_is_its_own_mean(boosters: list[lgb.Booster]) -> None:
    assert averaged(boosters[:1]) is boosters[0]


def test_many_rows_are_not_worth_several() -> None:
    assert (servings(ROWS_MOST), servings(ROWS_MOST + 1)) == (SOUP, 1)


def test_trees_without_a_cut_are_averaged_too() -> None:
    matrix, labels = rows(100)
    settings = {**SETTINGS, "min_data_in_leaf": 90}
    flat = [lgb.train(settings, lgb.Dataset(matrix, part), 3) for part in (labels, 1 - labels)]
    assert averaged(flat).predict(matrix) == pytest.approx(0.5, abs=1e-9)
