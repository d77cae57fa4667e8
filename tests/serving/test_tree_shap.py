"""Explanations in batches are LightGBM's own, whatever the trees ask."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving import tree_branches, tree_shap, tree_tables

ROWS, COLUMNS = 400, 6


def matrix(random: np.random.Generator, rows: int = ROWS) -> np.ndarray:
    """Numbers, one of them mostly 0, and a category of nine in the last column; a fifth of all unknown."""
    found = random.normal(size=(rows, COLUMNS))
    found[:, 1] = np.where(random.uniform(size=rows) < 0.6, 0.0, found[:, 1])
    found[:, -1] = random.integers(-1, 10, rows)
    found[random.uniform(size=found.shape) < 0.2] = np.nan
    return found


def booster(
    random: np.random.Generator, trees: int = 8, init_model: lgb.Booster | None = None, **options: object
) -> lgb.Booster:
    values = matrix(random)
    values[:, 2] = np.nan_to_num(values[:, 2])  # unknown only when predicting
    values[values[:, -1] < 0, -1] = 0
    odds = np.nansum(values[:, :3], axis=1) + np.where(values[:, -1] % 3 == 1, 2.0, 0.0)
    labels = (random.uniform(size=ROWS) < 1 / (1 + np.exp(-odds))).astype(float)
    settings = {
        "objective": "binary", "min_data_in_leaf": 3, "min_data_per_group": 3, "cat_smooth": 1.0,
        "learning_rate": 0.3, "num_threads": 1, "verbosity": -1, **options,
    }  # fmt: skip
    data = lgb.Dataset(values, labels, categorical_feature=[COLUMNS - 1])
    return lgb.train(settings, data, trees, init_model=init_model)


def of_many_shapes(random: np.random.Generator) -> lgb.Booster:
    """Some trees of a shape and many of others; a few are broken into branches, and one asks nothing."""
    model = booster(random, 1, min_data_in_leaf=ROWS)
    for leaves in (2, 3, 4, 6, 9, 10, 25):
        model = booster(random, 40 if leaves <= 6 else 5, init_model=model, num_leaves=leaves)
    return model


def agree(model: lgb.Booster, values: np.ndarray) -> None:
    expected = model.predict(values, pred_contrib=True, num_threads=1)
    np.testing.assert_allclose(tree_shap.contributions(model, values), expected, rtol=0, atol=1e-10)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 40),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 4, 32]),
)
@settings(max_examples=25, deadline=None)
def test_they_are_those_of_pred_contrib(
    seed: int, leaves: int, zero_as_missing: bool, use_missing: bool, most_one_hot: int
) -> None:
    random = np.random.default_rng(seed)
    model = booster(
        random,
        num_leaves=leaves,
        zero_as_missing=zero_as_missing and use_missing,
        use_missing=use_missing,
        max_cat_to_onehot=most_one_hot,
    )
    agree(model, matrix(random))


def test_paths_with_too_many_patterns_are_worked_out_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    model, values = booster(random, num_leaves=15), matrix(random)
    looked_up = tree_shap.contributions(model, values)
    monkeypatch.setattr(tree_tables, "MOST_PATTERNS", 2)
    found = tree_shap.contributions(model, values)
    np.testing.assert_allclose(found, looked_up, rtol=0, atol=1e-14)


def test_trees_of_the_same_and_of_other_shapes_are_worked_out_together() -> None:
    random = np.random.default_rng(6)
    agree(of_many_shapes(random), matrix(random))


@pytest.mark.parametrize("most", [1, 100, 2**20])
def test_batches_may_be_of_any_size(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    random = np.random.default_rng(7)
    model, values = of_many_shapes(random), matrix(random)
    monkeypatch.setattr(tree_tables, "BATCH_PATTERNS", most)
    agree(model, values)


@pytest.mark.parametrize("most", [0, 3, 6, 11])
def test_branches_may_be_of_any_size(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    random = np.random.default_rng(4)
    monkeypatch.setattr(tree_branches, "MOST_QUESTIONS", most)
    agree(booster(random, num_leaves=12), matrix(random))


def test_what_moves_adds_up_where_a_side_was_taken_by_no_training_row() -> None:
    """LightGBM itself divides by nothing there, and says NaN."""
    random = np.random.default_rng(5)
    text = booster(random, num_leaves=2).model_to_string()
    lines = ["leaf_count=0 400" if line.startswith("leaf_count=") else line for line in text.splitlines()]
    head = [line for line in lines if not line.startswith("tree_sizes=")]
    model, values = lgb.Booster(model_str="\n".join(head)), matrix(random)
    found = tree_shap.contributions(model, values).sum(axis=1)
    np.testing.assert_allclose(found, model.predict(values, raw_score=True), rtol=0, atol=1e-10)


def test_a_row_is_told_the_same_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    model, values = booster(random), matrix(random)
    whole = tree_shap.contributions(model, values)
    monkeypatch.setattr(tree_shap, "BLOCK_ROWS", 7)
    np.testing.assert_array_equal(tree_shap.contributions(model, values), whole)


def test_no_rows_move_nothing_and_narrow_numbers_are_compared_in_full() -> None:
    random = np.random.default_rng(9)
    model, values = booster(random), matrix(random).astype(np.float32)
    assert tree_shap.explain(model, values[:0]).shape == (0, COLUMNS + 1)
    found = tree_shap.contributions(model, values)
    np.testing.assert_array_equal(found, tree_shap.contributions(model, values.astype(np.float64)))


def test_leaves_of_zero_move_nothing() -> None:
    random = np.random.default_rng(8)
    model = booster(random, num_leaves=4)
    for leaf in range(4):
        for tree in range(0 if leaf < 2 else 4, 8):  # a part of the first trees, all of the others
            model.set_leaf_output(tree, leaf, 0.0)
    agree(model, matrix(random))
    for leaf in range(4):
        for tree in range(8):
            model.set_leaf_output(tree, leaf, 0.0)
    assert not tree_shap.contributions(model, matrix(random)).any()


def test_trees_that_ask_nothing_move_nothing() -> None:
    random = np.random.default_rng(3)
    agree(booster(random, min_data_in_leaf=ROWS), matrix(random, 5))
