"""Trees broken into branches: parts that ask little enough for every pattern of answers to be worked out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from serving.trees import Tree

MOST_QUESTIONS: Final = 8
"""Of a branch of several leaves: with more, tables take longer to work out than they save."""
Side = tuple[int, bool]
"""A split by its place in the tree, and whether a row goes left."""
Question = tuple[Side, ...]
"""Answered by yes where a row takes all sides."""


class Branch(NamedTuple):
    """A tree of its own, which first asks what the way to it asks of each feature, then its own splits.

    `children` are those by yes and by no, as in a Tree, and so are `shares`. Rows that leave the way come to
    leaves of value 0.
    """

    questions: Sequence[Question]
    features: Sequence[int]
    children: Sequence[tuple[int, int]]
    shares: Sequence[tuple[float, float]]
    values: Sequence[float]


class Lone(NamedTuple):
    """A single leaf behind the way to it: a question a feature, each with the share that answers yes."""

    questions: Sequence[Question]
    features: Sequence[int]
    shares: Sequence[float]
    value: float


class _Asked(NamedTuple):
    """What the way to a node asks of one feature, and the share of training rows that agree."""

    sides: Question
    share: float


Way = Mapping[int, _Asked]
"""By feature."""


def branches(tree: Tree) -> Iterator[Branch | Lone]:
    """All leaves of a tree that asks at all, in branches as large as may be."""
    if len(tree.splits) > MOST_QUESTIONS:
        yield from _parts(tree, 0, {})
    elif tree.splits:
        yield _whole(tree)


def _whole(tree: Tree) -> Branch:
    questions = [((place, True),) for place in range(len(tree.splits))]
    features = [split.feature for split in tree.splits]
    return Branch(questions, features, tree.children, tree.shares, tree.values)


def _parts(tree: Tree, node: int, way: Way) -> Iterator[Branch | Lone]:
    """What a node leads to, in branches."""
    inner = _below(tree, node)
    if node < 0:
        yield _lone(tree, node, way)
    elif len(way) + len(inner) <= MOST_QUESTIONS:
        yield _part(tree, inner, way)
    else:
        for taken, child, share in zip((True, False), tree.children[node], tree.shares[node], strict=True):
            yield from _parts(tree, child, _along(way, tree.splits[node].feature, (node, taken), share))


def _lone(tree: Tree, leaf: int, way: Way) -> Lone:
    asked = way.values()
    return Lone([one.sides for one in asked], list(way), [one.share for one in asked], tree.values[~leaf])


def _part(tree: Tree, inner: Sequence[int], way: Way) -> Branch:
    """`inner` splits and their leaves as one branch: the way to them goes ahead."""
    asked, ahead = way.values(), len(way)
    leaves = [child for place in inner for child in tree.children[place] if child < 0]
    renamed = {
        **{place: ahead + at for at, place in enumerate(inner)},
        **{leaf: ~(ahead + at) for at, leaf in enumerate(leaves)},
    }
    own = [tree.children[place] for place in inner]
    return Branch(
        questions=[*(one.sides for one in asked), *(((place, True),) for place in inner)],
        features=[*way, *(tree.splits[place].feature for place in inner)],
        children=[
            *((at + 1, ~at) for at in range(ahead)),
            *((renamed[left], renamed[right]) for left, right in own),
        ],
        shares=[*((one.share, 1.0 - one.share) for one in asked), *(tree.shares[place] for place in inner)],
        values=[*[0.0] * ahead, *(tree.values[~leaf] for leaf in leaves)],
    )


def _below(tree: Tree, node: int) -> list[int]:
    """The splits from a node on, each before those below it."""
    if node < 0:
        return []
    left, right = tree.children[node]
    return [node, *_below(tree, left), *_below(tree, right)]


def _along(way: Way, feature: int, side: Side, share: float) -> Way:
    before = way.get(feature, _Asked((), 1.0))
    return {**way, feature: _Asked((*before.sides, side), before.share * share)}
