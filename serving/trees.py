"""The trees of a LightGBM booster, as it tells of them, and what its splits ask of a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ZERO: Final = 1e-35
"""LightGBM takes what is no larger for zero."""


@dataclass(frozen=True)
class Split:
    """One question: whether a row goes left, as LightGBM's Tree::Decision has it.

    `codes` are the categories that do, None for a number. `unknown_left` says where an unknown number goes,
    and with it zero, where LightGBM was told that zero is unknown.
    """

    feature: int
    threshold: float
    codes: frozenset[int] | None
    unknown_left: bool
    zero_unknown: bool

    def left(self, values: Floats) -> Flags:
        """Which of `values` (rows,) go left."""
        if self.codes is not None:
            return self._among(values)
        # A comparison with NaN is false.
        left = ~(values > self.threshold) if self.unknown_left else values <= self.threshold
        if self.zero_unknown:
            left = np.where(np.abs(values) <= ZERO, self.unknown_left, left)
        return np.asarray(left)

    def _among(self, values: Floats) -> Flags:
        assert self.codes is not None
        last = max(self.codes) + 1
        among = np.zeros(last + 2, dtype=np.bool_)  # of codes from -1, an unknown category
        among[[code + 1 for code in self.codes]] = True
        code = np.clip(np.nan_to_num(values, nan=-1.0), -1.0, last).astype(np.intp)
        return np.asarray(among.take(code + 1))


@dataclass(frozen=True)
class Leaf:
    """Where rows end: the log-odds they get."""

    value: float


@dataclass(frozen=True)
class Fork:
    """Where rows part; `place` is the split's in the tree, shares are of the training rows that came here."""

    place: int
    split: Split
    left: "Node"
    right: "Node"
    left_share: float
    right_share: float

    @property
    def sides(self) -> tuple[tuple[bool, "Node", float], ...]:
        """Whether left, where to, and the share of training rows that went there."""
        return (True, self.left, self.left_share), (False, self.right, self.right_share)


Node = Leaf | Fork


def read_trees(booster: lgb.Booster) -> list[Node]:
    """The root of every tree."""
    return [_node(told["tree_structure"]) for told in booster.dump_model()["tree_info"]]


def forks(node: Node) -> list[Fork]:
    """Every fork from a node on."""
    if isinstance(node, Leaf):
        return []
    return [node, *forks(node.left), *forks(node.right)]


def _node(told: Mapping[str, Any]) -> Node:
    if "split_index" not in told:
        return Leaf(float(told["leaf_value"]))
    left, right = told["left_child"], told["right_child"]
    left_share, right_share = (_rows(side) / told["internal_count"] for side in (left, right))
    return Fork(told["split_index"], _split(told), _node(left), _node(right), left_share, right_share)


def _rows(told: Mapping[str, Any]) -> int:
    return int(told["internal_count"] if "split_index" in told else told["leaf_count"])


def _split(told: Mapping[str, Any]) -> Split:
    if told["decision_type"] == "==":
        codes = frozenset(int(code) for code in str(told["threshold"]).split("||"))
        return Split(int(told["split_feature"]), np.nan, codes, unknown_left=False, zero_unknown=False)
    threshold = float(told["threshold"])
    # Where training saw nothing unknown, it counts as 0.
    unknown_left = threshold >= 0.0 if told["missing_type"] == "None" else bool(told["default_left"])
    return Split(
        int(told["split_feature"]),
        threshold,
        codes=None,
        unknown_left=unknown_left,
        zero_unknown=told["missing_type"] == "Zero",
    )
