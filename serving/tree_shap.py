"""Exact SHAP values of a LightGBM booster for many rows at once, as its `pred_contrib` gives them.

What a leaf adds depends only on which of the features asked on its path a row agrees with. For a pattern with
o_k = 1 where the row agrees with feature k and z_k the share of training rows that do, feature j is moved by
the leaf's value times

    (o_j - z_j) * integral over t in [0, 1] of product over k != j of (o_k * t + z_k * (1 - t)),

since that integral weighs every set of features as Shapley's formula does (Owen 1972, "Multilinear extensions
of games"; the shares are those of Lundberg et al. 2018, algorithm 2). Gauss-Legendre nodes solve it exactly.

A branch, a part of a tree small enough, asks few questions: what the way to it asks of each feature, and its
own splits. What all its leaves move is worked out once a pattern of answers, and looked up for every row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from serving.trees import Flags, Floats, Fork, Leaf, Node, Split, forks, read_trees

MANY_ROWS: Final = 500
"""From here on, working out a booster's patterns is paid back by looking them up."""
BLOCK_ROWS: Final = 8192
"""Fewer suit the processor's cache better, but not the calls of numpy that each block costs."""
MOST_QUESTIONS: Final = 8
"""Of a branch of several leaves: with more, tables take longer to work out than they save."""
MOST_PATTERNS: Final = 2**12
"""A single leaf with more is worked out row by row."""
TINY: Final = 1e-100
"""Stands for a share of 0, so that it can be divided by."""

Side = tuple[int, bool]
"""A split by its place in the tree, and whether a row goes left."""
Question = tuple[Side, ...]


@dataclass(frozen=True)
class _Asked:
    """What the way to a node asks of one feature, and the share of training rows that agree."""

    sides: Question
    share: float


Way = Mapping[int, _Asked]
"""By feature."""


@dataclass(frozen=True)
class _Branch:
    """Leaves looked up together. A question is answered by yes where a row takes all of its sides; `table`
    (features, patterns) says how far each pattern of answers moves each feature.
    """

    questions: tuple[Question, ...]
    features: tuple[int, ...]
    table: Floats

    def moved(self, answers: Flags) -> Floats:
        """Shape (features, rows), of `answers` (questions, rows)."""
        code = np.einsum("q,qr->r", _bits(len(answers)), answers.view(np.uint8))
        return np.asarray(self.table.take(code.astype(np.intp), axis=1))


@dataclass(frozen=True)
class _Long:
    """A leaf whose way has too many patterns for a table; a question a feature."""

    questions: tuple[Question, ...]
    features: tuple[int, ...]
    value: float
    shares: Floats

    def moved(self, answers: Flags) -> Floats:
        """Shape (features, rows), of `answers` (questions, rows)."""
        return _moved(np.array([self.value]), self.shares[None], answers[None])


@dataclass(frozen=True)
class _Tree:
    """Splits by their place; each question once; the branches, each with the places of its questions."""

    splits: Mapping[int, Split]
    questions: tuple[Question, ...]
    branches: tuple[tuple[list[int], _Branch | _Long], ...]


def explain(booster: lgb.Booster, matrix: Floats) -> Floats:
    """As `contributions`, by whichever way is faster for so many rows; they differ by rounding alone."""
    if len(matrix) >= MANY_ROWS:
        return contributions(booster, matrix)
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=1))


def contributions(booster: lgb.Booster, matrix: Floats) -> Floats:
    """SHAP values of `matrix` (rows, columns): (rows, columns + 1), the last is the expected log-odds."""
    roots = read_trees(booster)
    trees = [_tree(root) for root in roots]
    found = np.empty((len(matrix), matrix.shape[1] + 1))
    found[:, -1] = sum(map(_expected, roots))
    moved = np.empty((matrix.shape[1], min(len(matrix), BLOCK_ROWS)))
    columns = np.empty_like(moved)
    for start in range(0, len(matrix), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        size = len(matrix[rows])
        columns[:, :size], moved[:, :size] = matrix[rows].T, 0.0
        for tree in trees:
            _add(tree, columns[:, :size], moved[:, :size])
        found[rows, :-1] = moved[:, :size].T
    return found


def _add(tree: _Tree, columns: Floats, moved: Floats) -> None:
    """Add what one tree moves to `moved` (columns, rows)."""
    left = {place: split.left(columns[split.feature]) for place, split in tree.splits.items()}
    answers = np.empty((len(tree.questions), columns.shape[1]), dtype=np.bool_)
    for answer, question in zip(answers, tree.questions, strict=True):
        sides = [left[place] if taken else ~left[place] for place, taken in question]
        answer[:] = np.logical_and.reduce(sides) if sides[1:] else sides[0]
    for places, branch in tree.branches:
        for feature, part in zip(branch.features, branch.moved(answers[places]), strict=True):
            moved[feature] += part


def _tree(root: Node) -> _Tree:
    branches = list(_branches(root, {}))
    questions = tuple(dict.fromkeys(question for branch in branches for question in branch.questions))
    places = {question: place for place, question in enumerate(questions)}
    return _Tree(
        splits={fork.place: fork.split for fork in forks(root)},
        questions=questions,
        branches=tuple(([places[one] for one in branch.questions], branch) for branch in branches),
    )


def _branches(node: Node, way: Way) -> Iterator[_Branch | _Long]:
    """A node's leaves in branches as large as may be."""
    inner = forks(node)
    if isinstance(node, Leaf):
        if way:
            yield _branch(node, way, inner) if 2 ** len(way) <= MOST_PATTERNS else _long(node, way)
    elif len(way) + len(inner) <= MOST_QUESTIONS:
        yield _branch(node, way, inner)
    else:
        for taken, child, share in node.sides:
            yield from _branches(child, _further(way, node, taken, share))


def _long(leaf: Leaf, way: Way) -> _Long:
    return _Long(_asked(way), tuple(way), leaf.value, _shares(way))


def _branch(node: Node, way: Way, inner: Sequence[Fork]) -> _Branch:
    """All leaves of a node, parted by its `inner` forks; with what is not asked for everyone agrees."""
    questions = (*_asked(way), *(((fork.place, True),) for fork in inner))
    features = tuple(dict.fromkeys((*way, *(fork.split.feature for fork in inner))))
    answers = _patterns(len(questions))
    agrees, shares = np.ones((len(features), answers.shape[1]), dtype=np.bool_), np.ones(len(features))
    agrees[: len(way)], shares[: len(way)] = answers[: len(way)], _shares(way)
    answered = {fork.place: flags for fork, flags in zip(inner, answers[len(way) :], strict=True)}
    leaves = list(_spread(node, features, answered, agrees, shares))
    values = np.array([leaf.value for leaf, _, _ in leaves])
    shares, agrees = np.array([one for _, one, _ in leaves]), np.array([one for _, _, one in leaves])
    return _Branch(questions, features, _moved(values, shares, agrees))


def _spread(
    node: Node, features: Sequence[int], answers: Mapping[int, Flags], agrees: Flags, shares: Floats
) -> Iterator[tuple[Leaf, Floats, Flags]]:
    """A node's leaves, each with its shares (features,) and the patterns that agree (features, patterns)."""
    if isinstance(node, Leaf):
        yield node, shares, agrees
        return
    row = features.index(node.split.feature)
    for taken, child, share in node.sides:
        fewer, part = agrees.copy(), shares.copy()
        fewer[row] &= answers[node.place] == taken
        part[row] *= share
        yield from _spread(child, features, answers, fewer, part)


def _further(way: Way, fork: Fork, taken: bool, share: float) -> Way:
    feature = fork.split.feature
    before = way.get(feature, _Asked((), 1.0))
    return {**way, feature: _Asked((*before.sides, (fork.place, taken)), before.share * share)}


def _expected(node: Node) -> float:
    """The mean over the training rows that came to a node."""
    if isinstance(node, Leaf):
        return node.value
    return node.left_share * _expected(node.left) + node.right_share * _expected(node.right)


def _asked(way: Way) -> tuple[Question, ...]:
    return tuple(asked.sides for asked in way.values())


def _shares(way: Way) -> Floats:
    return np.array([asked.share for asked in way.values()])


def _moved(values: Floats, shares: Floats, agrees: Flags) -> Floats:
    """The formula above, summed over leaves: shape (features, patterns).

    `values` (leaves,), `shares` (leaves, features), `agrees` (leaves, features, patterns).
    """
    share, agree = np.maximum(shares, TINY)[..., None], agrees.astype(np.float64)
    total = np.zeros(agree.shape)
    for node, weight in zip(*_nodes(agree.shape[1]), strict=True):
        factors = agree * node
        factors += share * (1.0 - node)
        total += weight * np.multiply.reduce(factors, axis=1, keepdims=True) / factors
    total *= agree - share
    return np.asarray(np.einsum("l,lfp->fp", values, total))


@cache
def _nodes(features: int) -> tuple[Floats, Floats]:
    """Nodes in [0, 1] and weights: with n of them, polynomials up to degree 2n - 1 are exact."""
    nodes, weights = np.polynomial.legendre.leggauss(max(1, (features + 1) // 2))
    return (nodes + 1.0) / 2.0, weights / 2.0


@cache
def _bits(questions: int) -> NDArray[np.integer[Any]]:
    """What an answer by yes adds to a pattern's place; integers as narrow as can be add up faster."""
    return np.asarray(2 ** np.arange(questions), dtype=np.uint8 if questions <= 8 else np.uint16)


@cache
def _patterns(questions: int) -> Flags:
    """All patterns, shape (questions, 2^questions): bit k of the place answers question k."""
    return (np.arange(2**questions) >> np.arange(questions)[:, None] & 1).astype(np.bool_)
