"""Trees are read as LightGBM tells of them: walking down them gives its own predictions."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.trees import Fork, Leaf, Node, Split, forks, read_trees

ROWS, COLUMNS = 300, 4


def matrix(random: np.random.Generator) -> np.ndarray:
    """Numbers, one of them mostly 0, and a category in the last column; a fifth of all unknown."""
    found = random.normal(size=(ROWS, COLUMNS))
    found[:, 1] = np.where(random.uniform(size=ROWS) < 0.6, 0.0, found[:, 1])
    found[:, -1] = random.integers(0, 12, ROWS)
    found[random.uniform(size=found.shape) < 0.2] = np.nan
    return found


def booster(random: np.random.Generator, **options: object) -> lgb.Booster:
    values = matrix(random)
    labels = (random.uniform(size=ROWS) < 0.5).astype(float)
    given_options = {"objective": "binary", "min_data_in_leaf": 3, "min_data_per_group": 3, "cat_smooth": 1.0}
    data = lgb.Dataset(values, labels, categorical_feature=[COLUMNS - 1])
    return lgb.train({**given_options, "num_threads": 1, "verbosity": -1, **options}, data, 5)


def walked(node: Node, values: np.ndarray) -> np.ndarray:
    if isinstance(node, Leaf):
        return np.full(len(values), node.value)
    left = node.split.left(values[:, node.split.feature])
    return np.where(left, walked(node.left, values), walked(node.right, values))


def rows_told(node: Node) -> float:
    """The shares along every way, added up."""
    if isinstance(node, Leaf):
        return 1.0
    return sum(share * rows_told(child) for _, child, share in node.sides)


@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.sampled_from([1, 4, 32]))
@settings(max_examples=25, deadline=None)
def test_walking_down_gives_the_log_odds(
    seed: int, zero_as_missing: bool, use_missing: bool, most_one_hot: int
) -> None:
    random = np.random.default_rng(seed)
    missing = {"zero_as_missing": zero_as_missing and use_missing, "use_missing": use_missing}
    model = booster(random, max_cat_to_onehot=most_one_hot, **missing)
    values = matrix(random)
    values[::7, -1] = random.choice([-3.0, 40.0, 1e12, 2.7], len(values[::7]))  # never seen in training
    roots = read_trees(model)
    found = sum(walked(root, values) for root in roots)
    np.testing.assert_allclose(found, model.predict(values, raw_score=True), rtol=0, atol=1e-12)
    assert all(rows_told(root) == pytest.approx(1.0) for root in roots)


def test_a_tree_without_splits_is_a_leaf() -> None:
    roots = read_trees(booster(np.random.default_rng(0), min_data_in_leaf=ROWS))
    assert roots
    assert all(isinstance(root, Leaf) for root in roots)


def test_each_fork_has_its_place_and_knows_both_sides() -> None:
    root = read_trees(booster(np.random.default_rng(1)))[0]
    assert isinstance(root, Fork)
    assert root.place == 0
    assert [(taken, child) for taken, child, _ in root.sides] == [(True, root.left), (False, root.right)]
    assert sorted(fork.place for fork in forks(root)) == list(range(len(forks(root))))
    assert root.left_share + root.right_share == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (Split(0, 1.0, None, unknown_left=False, zero_unknown=False), [1, 1, 0, 0]),
        (Split(0, 1.0, None, unknown_left=True, zero_unknown=False), [1, 1, 0, 1]),
        (Split(0, -1.0, None, unknown_left=True, zero_unknown=True), [1, 0, 0, 1]),
        (Split(0, np.nan, frozenset({0, 2}), unknown_left=False, zero_unknown=False), [1, 0, 1, 0]),
    ],
)
def test_what_a_split_asks(split: Split, expected: list[int]) -> None:
    assert split.left(np.array([0.0, 1.0, 2.0, np.nan])).tolist() == [bool(flag) for flag in expected]
