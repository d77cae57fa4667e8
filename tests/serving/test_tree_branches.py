"""Branches tell together what their tree tells, and none asks too much."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.tree_branches import MOST_QUESTIONS, Branch, Lone, Question, branches
from serving.trees import Split, Tree

ROWS, FEATURES = 200, 3


def grown(leaves: int, random: np.random.Generator) -> Tree:
    """A tree of random splits, each before those below it; its leaves' values are 1, 2, 4 and so on."""
    children: list[list[int]] = []
    free: list[tuple[int, int]] = []  # sides that end in a leaf: split, 0 left or 1 right
    for place in range(leaves - 1):
        if free:
            split, side = free.pop(random.integers(len(free)))
            children[split][side] = place
        children.append([0, 0])
        free += [(place, 0), (place, 1)]
    for leaf, (split, side) in enumerate(free):
        children[split][side] = ~leaf
    splits = [
        Split(int(random.integers(FEATURES)), float(random.normal()), None, False, False) for _ in children
    ]
    lefts = random.uniform(0.1, 0.9, len(splits))
    values = [2.0**leaf for leaf in range(leaves)]
    shares = [(share, 1.0 - share) for share in lefts]
    return Tree(splits, [(left, right) for left, right in children], shares, values, expected=0.0)


def walked(tree: Tree, row: np.ndarray) -> float:
    node = 0
    while node >= 0:
        node = tree.children[node][0 if row[tree.splits[node].feature] <= tree.splits[node].threshold else 1]
    return tree.values[~node]


def told(part: Branch | Lone, holds: Callable[[Question], bool]) -> float:
    """What a branch adds for a row."""
    if isinstance(part, Lone):
        return part.value if all(holds(question) for question in part.questions) else 0.0
    node = 0
    while node >= 0:
        node = part.children[node][0 if holds(part.questions[node]) else 1]
    return part.values[~node]


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_what_branches_tell_adds_up_to_the_tree(leaves: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    tree = grown(leaves, random)
    parts = list(branches(tree))
    for row in random.normal(size=(ROWS, FEATURES)):

        def holds(question: Question, row: np.ndarray = row) -> bool:
            return all(
                (row[tree.splits[place].feature] <= tree.splits[place].threshold) == left
                for place, left in question
            )

        assert sum(told(part, holds) for part in parts) == walked(tree, row)


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_every_leaf_is_in_one_branch_that_asks_little(leaves: int, seed: int) -> None:
    tree = grown(leaves, np.random.default_rng(seed))
    parts = list(branches(tree))
    values = [value for part in parts for value in ([part.value] if isinstance(part, Lone) else part.values)]
    assert sorted(value for value in values if value) == tree.values
    assert all(len(part.questions) <= MOST_QUESTIONS for part in parts if isinstance(part, Branch))


def test_a_small_tree_is_one_branch_and_one_without_splits_none() -> None:
    tree = grown(MOST_QUESTIONS + 1, np.random.default_rng(0))
    (whole,) = branches(tree)
    assert isinstance(whole, Branch)
    assert (whole.children, whole.values) == (tree.children, tree.values)
    assert list(branches(Tree([], [], [], [3.0], expected=3.0))) == []


def test_the_share_of_a_question_asked_twice_is_that_of_both() -> None:
    splits = [Split(0, float(-place), None, False, False) for place in range(MOST_QUESTIONS + 2)]
    last = len(splits) - 1
    children = [(place + 1 if place < last else ~0, ~(last - place + 1)) for place in range(last + 1)]
    tree = Tree(splits, children, [(0.5, 0.5)] * len(splits), [1.0] * (len(splits) + 1), expected=1.0)
    deepest = max((part for part in branches(tree)), key=lambda part: max(map(len, part.questions)))
    (way,) = (place for place, question in enumerate(deepest.questions) if len(question) > 1)
    share = deepest.shares[way] if isinstance(deepest, Lone) else deepest.shares[way][0]
    assert share == pytest.approx(0.5 ** len(deepest.questions[way]))
