"""How far the leaves of a tree move each feature, for every pattern of answers.

What a leaf adds depends only on which of the features asked on its path a row agrees with. For a pattern with
o_k = 1 where the row agrees with feature k and z_k the share of training rows that do, feature j is moved by
the leaf's value times

    (o_j - z_j) * integral over t in [0, 1] of product over k != j of (o_k * t + z_k * (1 - t)),

since that integral weighs every set of features as Shapley's formula does (Owen 1972, "Multilinear extensions
of games"; the shares are those of Lundberg et al. 2018, algorithm 2). Gauss-Legendre nodes solve it exactly.
At a node, it takes the product over all k, divided by feature j's own factor; with (o_j - z_j), that leaves
(1 - z_j) / (t + z_j * (1 - t)) of a feature agreed with, and -1 / (1 - t) of any other.

Branches that ask as many questions are worked out together: numpy's calls would cost more than their work.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from serving.tree_branches import Branch, Lone
from serving.trees import Flags, Floats

Integers = NDArray[np.intp]
Part = TypeVar("Part", Branch, Lone)

YES: Final = 1
NO: Final = -1
BATCH_PATTERNS: Final = 2**14
"""Of branches worked out together; with more, what they need at a time outgrows the processor's cache."""
MOST_PATTERNS: Final = 2**12
"""A single leaf with more is worked out row by row."""


class Table(NamedTuple):
    """How far each pattern of a branch's answers moves each feature: `moved` (features, patterns).

    Bit k of a pattern answers question k.
    """

    features: Sequence[int]
    moved: Floats


class _Entries(NamedTuple):
    """What each path to a leaf asks of each feature, in the order of branches and leaves; each (entries,).

    A row agrees where of the `asked` bits of its pattern those of `yes` are set, as did a `share` of training
    rows. Leaves are numbered through all branches.
    """

    branch: Integers
    leaf: Integers
    feature: Integers
    asked: Integers
    yes: Integers
    share: Floats
    value: Floats


def tables(parts: Sequence[Branch | Lone]) -> list[Table | Lone]:
    """Those of parts in their order, but for leaves with too many patterns."""
    branches = {place: part for place, part in enumerate(parts) if isinstance(part, Branch)}
    leaves = {place: part for place, part in enumerate(parts) if isinstance(part, Lone)}
    few = {place: leaf for place, leaf in leaves.items() if 2 ** len(leaf.questions) <= MOST_PATTERNS}
    found: dict[int, Table | Lone] = {**leaves, **_alike(few, _of_leaves), **_alike(branches, _of_branches)}
    return [found[place] for place in range(len(parts))]


def pattern(answers: Flags) -> Integers:
    """Where each pattern stands in tables: shape (..., patterns), of `answers` (..., questions, patterns)."""
    code = np.einsum("q,...qp->...p", _bits(answers.shape[-2]), answers.view(np.uint8))
    return np.asarray(code, dtype=np.intp)


def _alike(
    parts: Mapping[int, Part], work_out: Callable[[Sequence[Part]], Iterable[Table]]
) -> dict[int, Table]:
    """Tables by their part's place, worked out together where parts ask as many questions."""
    places: dict[int, list[int]] = {}
    for place, part in parts.items():
        places.setdefault(len(part.questions), []).append(place)
    return {
        place: table
        for questions, alike in places.items()
        for some in _batches(alike, max(1, BATCH_PATTERNS >> questions))
        for place, table in zip(some, work_out([parts[place] for place in some]), strict=True)
    }


def _batches(places: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (places[start : start + size] for start in range(0, len(places), size))


def _of_leaves(leaves: Sequence[Lone]) -> Iterator[Table]:
    moved = _moved_by_leaves(
        np.array([leaf.value for leaf in leaves]), np.array([leaf.shares for leaf in leaves])
    )
    return (Table(leaf.features, one) for leaf, one in zip(leaves, moved, strict=True))


def _of_branches(branches: Sequence[Branch]) -> Iterator[Table]:
    entries = _entries(branches)
    order, starts = _groups(entries.branch, entries.feature)
    moved = np.add.reduceat(_moved(entries, len(branches[0].questions))[order], starts)
    features = entries.feature[order][starts].tolist()
    bounds = np.searchsorted(entries.branch[order][starts], np.arange(len(branches) + 1)).tolist()
    return (Table(features[start:stop], moved[start:stop]) for start, stop in pairwise(bounds))


def _moved(entries: _Entries, questions: int) -> Floats:
    """How far each pattern moves the feature of each entry: shape (entries, patterns)."""
    moved = np.empty((len(entries.leaf), 2**questions))
    _, start, depths = np.unique(entries.leaf, return_index=True, return_counts=True)
    for depth in np.unique(depths):
        first = start[depths == depth]
        path = first[:, None] + np.arange(depth)
        agrees = np.arange(2**questions) & entries.asked[path][..., None] == entries.yes[path][..., None]
        by_own = _moved_by_leaves(entries.value[first], entries.share[path])
        moved[path] = np.take_along_axis(by_own, pattern(agrees)[:, None], axis=2)
    return moved


def _entries(branches: Sequence[Branch]) -> _Entries:
    features = np.array([branch.features for branch in branches])
    shares = np.array([branch.shares for branch in branches])
    values = np.array([branch.values for branch in branches])
    answers = _answers(np.array([branch.children for branch in branches]))
    branch, leaf, question = np.nonzero(answers * (values != 0.0)[..., None])
    yes = answers[branch, leaf, question] == YES
    feature, leaf = features[branch, question], leaf + branch * values.shape[1]
    order, starts = _groups(leaf, feature)
    bits, first = 1 << question[order], order[starts]
    return _Entries(
        branch=branch[first],
        leaf=leaf[first],
        feature=feature[first],
        asked=np.add.reduceat(bits, starts),
        yes=np.add.reduceat(bits * yes[order], starts),
        share=np.multiply.reduceat(shares[branch, question, 1 - yes][order], starts),
        value=values.ravel()[leaf[first]],
    )


def _answers(children: Integers) -> NDArray[np.int8]:
    """Of each question on the path to each leaf, 0 for one not asked: shape (branches, leaves, questions).

    `children` (branches, questions, sides).
    """
    branches, questions, _ = children.shape
    nodes = np.where(children < 0, questions + ~children, children)
    found = np.zeros((branches, 2 * questions + 1, questions), dtype=np.int8)
    each = np.arange(branches)[:, None]
    for question in range(questions):
        found[each, nodes[:, question]] = found[:, None, question]
        found[each, nodes[:, question], question] = YES, NO
    return found[:, questions:]


def _groups(first: Integers, second: Integers) -> tuple[Integers, Integers]:
    """The order that brings together what is alike in both, and where in it each group starts."""
    order = np.lexsort((second, first))
    changes = np.diff(first[order], prepend=-1) | np.diff(second[order], prepend=-1)
    return order, np.flatnonzero(changes)


def moved_by_leaf(value: float, shares: Floats, agrees: Flags) -> Floats:
    """The formula above, pattern by pattern: shape (features, patterns).

    `shares` (features,), `agrees` (features, patterns). Sums are in the same order however many patterns
    there are, so that a row is told the same whatever rows are told with it.
    """
    share, agree = shares[:, None], agrees.astype(np.float64)
    moved_by_yes, moved_by_no = np.zeros(agree.shape), np.zeros(agree.shape[1])
    for node, weight in zip(*_nodes(len(shares)), strict=True):
        no = share * (1.0 - node)
        factors = agree * node
        factors += no
        product = value * weight * np.multiply.reduce(factors)
        moved_by_yes += (1.0 - share) / (no + node) * product
        moved_by_no -= product / (1.0 - node)
    return np.where(agrees, moved_by_yes, moved_by_no)


def _moved_by_leaves(values: Floats, shares: Floats) -> Floats:
    """The formula above for all patterns of each leaf: shape (leaves, features, patterns).

    `values` (leaves,), `shares` (leaves, features). Bit k of a pattern says that a row agrees with feature k.
    """
    features = shares.shape[1]
    nodes, weights = _nodes(features)
    share = shares[..., None]
    no, yes = share * (1.0 - nodes), nodes + share * (1.0 - nodes)
    product = values[:, None, None] * weights[:, None]
    for feature in range(features):
        product = np.concatenate([product * side[:, feature, :, None] for side in (no, yes)], axis=2)
    moved_by_yes = (1.0 - share) / yes @ product
    moved_by_no = -1.0 / (1.0 - nodes) @ product
    return np.where(_patterns(features), moved_by_yes, moved_by_no[:, None])


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
