"""What a leaf moves are Shapley's values, of all patterns at once as pattern by pattern."""

from itertools import permutations

import numpy as np
import pytest

from serving.tree_branches import Branch, Lone
from serving.tree_tables import Table, moved_by_leaf, pattern, tables

VALUE = -1.5


def shapley(agrees: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The mean, over all orders, of what it changes to learn of a feature whether a row agrees."""
    orders = list(permutations(range(len(shares))))
    moved = np.zeros(len(shares))
    for order in orders:
        known = shares.copy()
        for feature in order:
            before = known.prod()
            known[feature] = agrees[feature]
            moved[feature] += VALUE * (known.prod() - before) / len(orders)
    return moved


def patterns(questions: int) -> np.ndarray:
    return np.array([[place >> bit & 1 for place in range(2**questions)] for bit in range(questions)]) == 1


@pytest.mark.parametrize("shares", [[0.3], [0.2, 0.9], [0.5, 0.0, 1.0], [0.1, 0.7, 0.4, 0.0, 0.0]])
def test_a_leaf_moves_as_shapley_says(shares: list[float]) -> None:
    agrees = patterns(len(shares))
    expected = np.array([shapley(agree, np.array(shares)) for agree in agrees.T]).T
    found = moved_by_leaf(VALUE, np.array(shares), agrees)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)
    questions = [((place, True),) for place in range(len(shares))]
    (table,) = tables([Lone(questions, range(len(shares)), shares, VALUE)])
    assert isinstance(table, Table)
    np.testing.assert_allclose(table.moved, expected, rtol=0, atol=1e-14)


def test_a_branch_moves_as_its_leaves_do_together() -> None:
    """Feature 7 is asked twice: in one leaf's path both must be answered by yes."""
    questions = [((place, True),) for place in range(3)]
    children, shares = [(1, ~0), (2, ~1), (~2, ~3)], [(0.6, 0.4), (0.5, 0.5), (0.3, 0.7)]
    branch = Branch(questions, [7, 3, 7], children, shares, [0.0, VALUE, VALUE, 0.0])
    (table,) = tables([branch])
    assert isinstance(table, Table)
    first, second, third = patterns(3)
    moved = dict(zip(table.features, table.moved, strict=True))
    one = moved_by_leaf(VALUE, np.array([0.6, 0.5]), np.array([first, ~second]))
    other = moved_by_leaf(VALUE, np.array([0.6 * 0.3, 0.5]), np.array([first & third, second]))
    np.testing.assert_allclose([moved[7], moved[3]], one + other, rtol=0, atol=1e-14)


def test_tables_keep_the_order_of_what_they_are_of() -> None:
    def lone(feature: int, questions: int) -> Lone:
        asked = [((place, True),) for place in range(questions)]
        return Lone(asked, range(feature, feature + questions), [0.5] * questions, VALUE)

    parts = [lone(4, 1), lone(2, 13), lone(0, 2), lone(1, 1)]
    found = tables(parts)
    assert [one.features[0] for one in found] == [4, 2, 0, 1]
    assert [isinstance(one, Table) for one in found] == [True, False, True, True]


def test_bit_k_of_a_pattern_answers_question_k() -> None:
    assert pattern(patterns(10)).tolist() == list(range(2**10))
