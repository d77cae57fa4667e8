"""Trees counted on a booster whose shape is known."""

import lightgbm as lgb
import numpy as np

from training.size import leaves_of, microseconds_a_row


def booster(leaves: int, rounds: int) -> lgb.Booster:
    matrix = np.random.default_rng(0).normal(size=(500, 3))
    settings = {"objective": "regression", "num_leaves": leaves, "min_data_in_leaf": 5, "verbosity": -1}
    return lgb.train(settings, lgb.Dataset(matrix, matrix[:, 0]), rounds)


def test_leaves_are_those_of_all_trees() -> None:
    assert leaves_of(booster(4, 3)) == 12


def test_time_grows_with_the_trees() -> None:
    rows = np.random.default_rng(1).normal(size=(2000, 3))
    small, large = (microseconds_a_row([booster(31, rounds)], rows) for rounds in (1, 400))
    assert 0 < small < large


def test_without_rows_there_is_nothing_to_time() -> None:
    assert np.isnan(microseconds_a_row([], np.empty((0, 3))))
