"""Exact SHAP values of a LightGBM booster for many rows at once, as its `pred_contrib` gives them.

What a leaf adds depends only on which of the features asked on its path a row agrees with: of d features
there are 2^d such patterns, worked out once and looked up for every row. For a pattern with o_k = 1 where the
row agrees with feature k and z_k the share of training rows that do, feature j is moved by the leaf's value
times

    (o_j - z_j) * integral over t in [0, 1] of product over k != j of (o_k * t + z_k * (1 - t)),

since that integral weighs every set of features as Shapley's formula does (Owen 1972, "Multilinear extensions
of games"; the shares are those of Lundberg et al. 2018, algorithm 2). Gauss-Legendre nodes solve it exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MANY_ROWS: Final = 1000
"""From here on, working out a booster's patterns is paid back by looking them up."""
BLOCK_ROWS: Final = 16_384
"""So few that a block's columns stay in the processor's cache."""
MOST_PATTERNS: Final = 2**12
"""A path with more is worked out row by row."""
ZERO: Final = 1e-35
"""LightGBM takes what is no larger for zero."""


@dataclass(frozen=True)
class _Split:
    """One question: whether a row goes left. `codes` are the categories that do, None for a number."""

    feature: int
    threshold: float
    codes: tuple[int, ...] | None
    missing: str
    default_left: bool

    def left(self, values: Floats) -> Flags:
        """Which of `values` (rows,) go left, as LightGBM's Tree::Decision has it."""
        unknown = np.isnan(values)
        if self.codes is not None:
            return np.asarray(np.isin(np.trunc(np.where(unknown, -1.0, values)), self.codes))
        if self.missing == "NaN":
            return np.asarray((values <= self.threshold) | (unknown & self.default_left))
        values = np.where(unknown, 0.0, values)
        left = values <= self.threshold
        if self.missing == "Zero":
            left = np.where(np.abs(values) <= ZERO, self.default_left, left)
        return np.asarray(left)


@dataclass(frozen=True)
class _Leaf:
    """A leaf's value and its path: of each feature asked, the splits with the side taken, and the share of
    training rows that take it.
    """

    value: float
    features: tuple[int, ...]
    asked: tuple[tuple[tuple[int, bool], ...], ...]
    shares: Floats


@dataclass(frozen=True)
class _Tree:
    splits: tuple[_Split, ...]
    leaves: tuple[_Leaf, ...]

    @property
    def expected(self) -> float:
        """The mean over training rows."""
        return float(sum(leaf.value * np.prod(leaf.shares) for leaf in self.leaves))


def explain(booster: lgb.Booster, matrix: Floats) -> Floats:
    """As `contributions`, by whichever way is faster for so many rows; they differ by rounding alone."""
    if len(matrix) >= MANY_ROWS:
        return contributions(booster, matrix)
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=1))


def contributions(booster: lgb.Booster, matrix: Floats) -> Floats:
    """SHAP values of `matrix` (rows, columns): (rows, columns + 1), the last is the expected log-odds."""
    trees = [_tree(told["tree_structure"]) for told in booster.dump_model()["tree_info"]]
    asking = [(tree, [_table(leaf) for leaf in tree.leaves]) for tree in trees if tree.splits]
    found = np.empty((len(matrix), matrix.shape[1] + 1))
    for start in range(0, len(matrix), BLOCK_ROWS):
        columns = np.ascontiguousarray(matrix[start : start + BLOCK_ROWS].T)
        moved = np.zeros((len(columns), columns.shape[1]))
        for tree, tables in asking:
            _add(tree, tables, columns, moved)
        found[start : start + BLOCK_ROWS, :-1] = moved.T
    found[:, -1] = sum(tree.expected for tree in trees)
    return found


def _add(tree: _Tree, tables: Sequence[Floats | None], columns: Floats, moved: Floats) -> None:
    """Add what one tree moves to `moved` (columns, rows)."""
    sides: dict[tuple[int, bool], Flags] = {}
    for place, split in enumerate(tree.splits):
        sides[place, True] = split.left(columns[split.feature])
        sides[place, False] = ~sides[place, True]
    for leaf, table in zip(tree.leaves, tables, strict=True):
        agrees = [_all([sides[side] for side in asked]) for asked in leaf.asked]
        if table is None:
            parts = _moved(leaf, np.column_stack(agrees)).T
        else:
            parts = table.take(_codes(agrees), axis=1)
        for feature, part in zip(leaf.features, parts, strict=True):
            moved[feature] += part


def _codes(agrees: Sequence[Flags]) -> NDArray[np.intp]:
    """The place of each row's pattern in a table; narrow integers, which add up faster."""
    code = agrees[0].astype(np.uint16)
    for place, flags in enumerate(agrees[1:], start=1):
        code += np.multiply(flags.view(np.uint8), np.uint16(1 << place))
    return code.astype(np.intp)


def _all(flags: Sequence[Flags]) -> Flags:
    return flags[0] if len(flags) == 1 else np.logical_and.reduce(flags)


def _table(leaf: _Leaf) -> Floats | None:
    """How far every pattern moves each feature, (features, patterns); None if they are too many."""
    count = len(leaf.features)
    return np.ascontiguousarray(_moved(leaf, _patterns(count)).T) if 2**count <= MOST_PATTERNS else None


def _moved(leaf: _Leaf, agrees: Flags) -> Floats:
    """The formula above for patterns `agrees` (patterns, features), shape alike."""
    nodes, weights = _nodes(agrees.shape[1])
    factors = np.where(agrees[..., None], nodes, 0.0) + leaf.shares[:, None] * (1.0 - nodes)
    others = np.ones_like(factors)
    others[:, 1:] = np.multiply.accumulate(factors, axis=1)[:, :-1]
    others[:, :-1] *= np.multiply.accumulate(factors[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return np.asarray(leaf.value * (agrees - leaf.shares) * (others * weights).sum(axis=2))


@cache
def _nodes(features: int) -> tuple[Floats, Floats]:
    """Nodes in [0, 1] and weights: with n of them, polynomials up to degree 2n - 1 are exact."""
    nodes, weights = np.polynomial.legendre.leggauss(max(1, (features + 1) // 2))
    return (nodes + 1.0) / 2.0, weights / 2.0


@cache
def _patterns(features: int) -> Flags:
    """All patterns, shape (2^features, features): bit k of the place is feature k."""
    return (np.arange(2**features)[:, None] >> np.arange(features) & 1).astype(np.bool_)


def _tree(root: Mapping[str, Any]) -> _Tree:
    """A tree as LightGBM tells of it, flat: every leaf with its own path."""
    splits: list[_Split] = []
    leaves: list[_Leaf] = []
    open_nodes: list[tuple[Mapping[str, Any], tuple[tuple[int, bool, float], ...]]] = [(root, ())]
    while open_nodes:
        node, path = open_nodes.pop()
        if "split_index" not in node:
            leaves.append(_leaf(float(node["leaf_value"]), path, splits))
            continue
        place = len(splits)
        splits.append(_split(node))
        for side, taken in (("right_child", False), ("left_child", True)):
            share = _rows(node[side]) / node["internal_count"]
            open_nodes.append((node[side], (*path, (place, taken, share))))
    return _Tree(tuple(splits), tuple(leaves))


def _rows(node: Mapping[str, Any]) -> int:
    return int(node["internal_count"] if "split_index" in node else node["leaf_count"])


def _split(node: Mapping[str, Any]) -> _Split:
    categorical = node["decision_type"] == "=="
    return _Split(
        feature=int(node["split_feature"]),
        threshold=np.nan if categorical else float(node["threshold"]),
        codes=tuple(int(code) for code in str(node["threshold"]).split("||")) if categorical else None,
        missing=node["missing_type"],
        default_left=bool(node["default_left"]),
    )


def _leaf(value: float, path: Sequence[tuple[int, bool, float]], splits: Sequence[_Split]) -> _Leaf:
    asked: dict[int, list[tuple[int, bool]]] = {}
    shares: dict[int, float] = {}
    for place, taken, share in path:
        feature = splits[place].feature
        asked.setdefault(feature, []).append((place, taken))
        shares[feature] = shares.get(feature, 1.0) * share
    return _Leaf(value, tuple(asked), tuple(map(tuple, asked.values())), np.array(list(shares.values())))
