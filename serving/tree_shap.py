"""Exact SHAP values of a LightGBM booster for many rows at once, as its `pred_contrib` gives them.

A branch, a part of a tree small enough, asks few questions: what the way to it asks of each feature, and its
own splits. What all its leaves move is worked out once a pattern of answers, and looked up for every row.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Final, NamedTuple

import lightgbm as lgb
import numpy as np

from serving.tree_branches import Lone, Question, branches
from serving.tree_tables import Table, moved_by_leaf, pattern, tables
from serving.trees import Flags, Floats, Split, Tree, read_trees

MANY_ROWS: Final = 300
"""From here on, working out a booster's patterns is paid back by looking them up."""
BLOCK_ROWS: Final = 8200
"""Fewer suit the processor's cache better, but not the calls of numpy that each block costs. A power of two
would lay all columns on the same lines of the cache."""


class _Plan(NamedTuple):
    """How one tree is answered: each of its splits, then each question that is not a split's own; and what is
    looked up, with the places of its questions among all of those.
    """

    splits: Sequence[Split]
    questions: Sequence[Question]
    parts: Sequence[tuple[slice | list[int], Table | Lone]]


def explain(booster: lgb.Booster, matrix: Floats) -> Floats:
    """As `contributions`, by whichever way is faster for so many rows; they differ by rounding alone."""
    if len(matrix) >= MANY_ROWS or not len(matrix):  # LightGBM predicts nothing of no rows
        return contributions(booster, matrix)
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=1))


def contributions(booster: lgb.Booster, matrix: Floats) -> Floats:
    """SHAP values of `matrix` (rows, columns): (rows, columns + 1), the last is the expected log-odds."""
    trees = read_trees(booster)
    plans = _plans(trees)
    used = sorted({split.feature for tree in trees for split in tree.splits})
    matrix = np.asarray(matrix, dtype=np.float64)  # thresholds are compared in full
    found = np.empty((len(matrix), matrix.shape[1] + 1))
    found[:, -1] = sum(tree.expected for tree in trees)
    for start in range(0, len(matrix), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        block = matrix[rows].T
        columns = dict(zip(used, block[used], strict=True))
        moved = np.zeros(block.shape)
        for plan in plans:
            _add(plan, columns, moved)
        found[rows, :-1] = moved.T
    return found


def _add(plan: _Plan, columns: Mapping[int, Floats], moved: Floats) -> None:
    """Add what one tree moves to `moved` (columns, rows)."""
    answers = np.empty((len(plan.splits) + len(plan.questions), moved.shape[1]), dtype=np.bool_)
    for split, answer in zip(plan.splits, answers, strict=False):
        split.left(columns[split.feature], out=answer)
    for question, answer in zip(plan.questions, answers[len(plan.splits) :], strict=True):
        sides = [answers[place] if left else ~answers[place] for place, left in question]
        answer[:] = np.logical_and.reduce(sides) if sides[1:] else sides[0]
    for places, part in plan.parts:
        for feature, by in zip(part.features, _moved(part, answers[places]), strict=True):
            moved[feature] += by


def _moved(part: Table | Lone, answers: Flags) -> Floats:
    """Shape (features, rows), of `answers` (questions, rows)."""
    if isinstance(part, Lone):
        return moved_by_leaf(part.value, np.array(part.shares), answers)
    return np.asarray(part.moved.take(pattern(answers), axis=1))


def _plans(trees: Sequence[Tree]) -> list[_Plan]:
    """All tables are worked out together."""
    broken = [list(branches(tree)) for tree in trees]
    found = iter(tables([part for parts in broken for part in parts]))
    return [
        _plan(tree, [part.questions for part in parts], list(islice(found, len(parts))))
        for tree, parts in zip(trees, broken, strict=True)
    ]


def _plan(tree: Tree, asked: Sequence[Sequence[Question]], parts: Sequence[Table | Lone]) -> _Plan:
    if len(parts) == 1:
        return _Plan(tree.splits, (), [(slice(None), parts[0])])
    own = [((place, True),) for place in range(len(tree.splits))]
    questions = list(dict.fromkeys([*own, *chain.from_iterable(asked)]))
    at = {question: place for place, question in enumerate(questions)}
    places = [[at[question] for question in some] for some in asked]
    return _Plan(tree.splits, questions[len(own) :], list(zip(places, parts, strict=True)))
