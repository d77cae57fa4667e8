"""Trees are read as LightGBM tells of them: walking down them gives its own predictions."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.trees import Split, Tree, read_trees

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


def walked(tree: Tree, values: np.ndarray, node: int = 0) -> np.ndarray:
    if node < 0 or not tree.splits:
        return np.full(len(values), tree.values[~node])
    split, (left, right) = tree.splits[node], tree.children[node]
    goes_left = split.left(values[:, split.feature])
    return np.where(goes_left, walked(tree, values, left), walked(tree, values, right))


def reached(tree: Tree, node: int = 0, share: float = 1.0) -> dict[int, float]:
    """The share of training rows that came to each leaf: what is told of the sides taken, multiplied."""
    if node < 0:
        return {~node: share}
    sides = zip(tree.children[node], tree.shares[node], strict=True)
    return {leaf: part for child, one in sides for leaf, part in reached(tree, child, share * one).items()}


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
    trees = read_trees(model)
    found = sum(walked(tree, values) for tree in trees)
    np.testing.assert_allclose(found, model.predict(values, raw_score=True), rtol=0, atol=1e-12)
    for tree in trees:
        shares = reached(tree)
        assert sum(shares.values()) == pytest.approx(1.0)
        assert tree.expected == pytest.approx(sum(tree.values[leaf] * shares[leaf] for leaf in shares))


def test_numbers_are_read_to_the_last_bit() -> None:
    model = booster(np.random.default_rng(2))
    for number, tree in enumerate(read_trees(model)):
        assert tree.values == [model.get_leaf_output(number, leaf) for leaf in range(len(tree.values))]
    for tree, told in zip(read_trees(model), model.dump_model()["tree_info"], strict=True):
        split, root = tree.splits[0], told["tree_structure"]
        assert split.codes is not None or split.threshold == root["threshold"]


def test_a_tree_without_splits_is_a_leaf() -> None:
    trees = read_trees(booster(np.random.default_rng(0), min_data_in_leaf=ROWS))
    assert trees
    assert all(not tree.splits and [tree.expected] == tree.values for tree in trees)


def test_each_split_stands_before_those_below_it() -> None:
    tree = read_trees(booster(np.random.default_rng(1)))[0]
    below = [child for sides in tree.children for child in sides]
    assert sorted(below) == [*range(-len(tree.values), 0), *range(1, len(tree.splits))]
    assert all(child < 0 or child > place for place, sides in enumerate(tree.children) for child in sides)


def test_a_format_that_is_not_known_is_refused() -> None:
    class Other:
        def model_to_string(self) -> str:
            return booster(np.random.default_rng(3)).model_to_string().replace("leaf_count=", "leaf_rows=")

    with pytest.raises(ValueError, match="format"):
        read_trees(Other())


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
    out = np.empty(4, dtype=np.bool_)
    assert split.left(np.array([0.0, 1.0, 2.0, np.nan]), out=out) is out
    assert out.tolist() == [bool(flag) for flag in expected]
