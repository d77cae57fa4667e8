"""The trees of a LightGBM booster, read from its own text, and what their splits ask of a row."""

import re
from collections.abc import Sequence
from itertools import pairwise
from operator import mul
from typing import Final, NamedTuple

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ZERO: Final = 1e-35
"""LightGBM takes what is no larger for zero."""

CATEGORICAL: Final = 1
DEFAULT_LEFT: Final = 2
MISSING: Final = 2
"""A decision type is these two flags, and above so many bits what counts as missing."""
MISSING_NONE: Final = 0
MISSING_ZERO: Final = 1

TREE: Final = re.compile(
    r"^num_cat=.*\nsplit_feature=(?P<feature>.*)\nsplit_gain=.*\n"
    r"threshold=(?P<threshold>.*)\ndecision_type=(?P<decision>.*)\n"
    r"left_child=(?P<left>.*)\nright_child=(?P<right>.*)\n"
    r"leaf_value=(?P<value>.*)\nleaf_weight=.*\nleaf_count=(?P<leaf_rows>.*)\n"
    r"internal_value=.*\ninternal_weight=.*\ninternal_count=(?P<rows>.*)\n"
    r"(?:cat_boundaries=(?P<boundaries>.*)\ncat_threshold=(?P<words>.*)\n)?",
    re.MULTILINE,
)
"""One tree as LightGBM's text tells it; of leaves and splits, numbers in a line."""


class Split(NamedTuple):
    """One question: whether a row goes left, as LightGBM's Tree::Decision has it.

    `codes` are the categories that do, None for a number. `unknown_left` says where an unknown number goes,
    and with it zero, where LightGBM was told that zero is unknown.
    """

    feature: int
    threshold: float
    codes: frozenset[int] | None
    unknown_left: bool
    zero_unknown: bool

    def left(self, values: Floats, out: Flags | None = None) -> Flags:
        """Which of `values` (rows,) go left; told in `out`, if given."""
        if self.codes is not None:
            return self._among(values, self.codes, out)
        if not self.unknown_left:
            left = np.less_equal(values, self.threshold, out=out)
        else:
            # A comparison with NaN is false.
            left = np.greater(values, self.threshold, out=out)
            np.logical_not(left, out=left)
        if self.zero_unknown:
            left[np.abs(values) <= ZERO] = self.unknown_left
        return left

    @staticmethod
    def _among(values: Floats, codes: frozenset[int], out: Flags | None) -> Flags:
        last = max(codes) + 1
        among = np.zeros(last + 2, dtype=np.bool_)  # of codes from -1, an unknown category
        among[[code + 1 for code in codes]] = True
        code = np.clip(np.nan_to_num(values, nan=-1.0), -1.0, last).astype(np.intp)
        return np.take(among, code + 1, out=out)


class Tree(NamedTuple):
    """Splits from the root on, each before those below it, and leaves.

    `children` of each split are the left and the right; one below 0 is the leaf ~child. `shares` are those of
    the training rows that came to a split, by where they went. `values` are the log-odds of leaves,
    `expected` their mean over the training rows.
    """

    splits: Sequence[Split]
    children: Sequence[tuple[int, int]]
    shares: Sequence[tuple[float, float]]
    values: Sequence[float]
    expected: float


def read_trees(booster: lgb.Booster) -> list[Tree]:
    """Every tree. LightGBM tells them as text in far less time than as a dictionary.

    Raises ValueError where the text is not as expected.
    """
    text = booster.model_to_string()
    trees = [_tree(told) for told in TREE.finditer(text)]
    if len(trees) != text.count("\nTree="):
        raise ValueError("this LightGBM tells of its trees in a format that is not known")
    return trees


def _tree(told: re.Match[str]) -> Tree:
    values, rows = _numbers(told["value"]), _integers(told["rows"])
    if not rows:
        return Tree((), (), (), values, values[0])
    leaf_rows = _integers(told["leaf_rows"])
    children = list(zip(_integers(told["left"]), _integers(told["right"]), strict=True))
    at = rows + leaf_rows[::-1]  # of any child, one below 0 counts from the end
    sides = zip(children, rows, strict=True)
    return Tree(
        splits=_splits(told),
        children=children,
        shares=[(at[left] / came, at[right] / came) for (left, right), came in sides],
        values=values,
        expected=sum(map(mul, values, leaf_rows)) / rows[0],
    )


def _splits(told: re.Match[str]) -> list[Split]:
    sets = _sets(told) if told["words"] else []
    features, thresholds = _integers(told["feature"]), _numbers(told["threshold"])
    found = []
    for feature, threshold, decision in zip(features, thresholds, _integers(told["decision"]), strict=True):
        missing = decision >> MISSING
        if decision & CATEGORICAL:
            found.append(Split(feature, np.nan, sets[int(threshold)], unknown_left=False, zero_unknown=False))
            continue
        # Where training saw nothing unknown, it counts as 0.
        unknown_left = threshold >= 0.0 if missing == MISSING_NONE else bool(decision & DEFAULT_LEFT)
        found.append(Split(feature, threshold, None, unknown_left, missing == MISSING_ZERO))
    return found


def _sets(told: re.Match[str]) -> list[frozenset[int]]:
    """The categories that go left, by categorical split: bits of the words between two boundaries."""
    words = _integers(told["words"])
    return [
        frozenset(code for code in range(32 * (stop - start)) if words[start + code // 32] >> code % 32 & 1)
        for start, stop in pairwise(_integers(told["boundaries"]))
    ]


def _integers(line: str) -> list[int]:
    return list(map(int, line.split()))


def _numbers(line: str) -> list[float]:
    return list(map(float, line.split()))
