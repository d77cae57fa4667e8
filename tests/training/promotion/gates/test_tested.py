"""A model that learned nothing, or that hardly anything came true of, is told to be untested."""

from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.contract import Calibration
from training.answers import Answers
from training.heads import FittedHead
from training.promotion.gates.case import Case, Finding, Side
from training.promotion.gates.tested import check

Answering = Callable[..., Answers]


def came_true(case: Case) -> Finding:
    _, found = check(case)
    return found


@pytest.mark.parametrize(
    ("positives", "passes"), [(0, False), (9, False), (10, True), (1490, True), (1491, False), (1500, False)]
)
def test_there_have_to_be_enough_of_either_kind(
    answered: Answering, case_of: Callable[..., Case], positives: int, passes: bool
) -> None:
    answers = answered(np.arange(1500) < positives, np.full(1500, 0.01))
    assert came_true(case_of(answers=answers)).passed is passes


def test_the_line_tells_how_many_and_what_to_do(answered: Answering, case_of: Callable[..., Case]) -> None:
    answers = answered(np.zeros(1500), np.full(1500, 0.01))
    learned, found = check(case_of(answers=answers, limits={"tested_least": 20}))
    assert (learned.measured, learned.passed) == ("1 of 1", True)
    assert (found.measured, found.passed) == ("0 positives, 1,500 negatives", False)
    assert found.limit == ">= 20 of each: give a later snapshot, a longer label window or more customers"


def test_what_nobody_learned_is_no_test(
    side: Side, answered: Answering, case_of: Callable[..., Case]
) -> None:
    """Of two products the one without a booster has all the positives."""
    labels = np.column_stack([np.zeros(100), np.arange(100) < 50, np.full(100, np.nan)])
    one = answered(labels[:, 0], np.full(100, 0.1))
    said = np.full(labels.shape, 0.1)
    answers = replace(one, heads=("churn", "rare", "new"), labels=labels, probabilities=said)
    rare = FittedHead("rare", None, Calibration(kind="identity"), 0.5, 3)
    both = replace(side, heads=(*side.heads, rare, replace(rare, name="new")))
    learned, found = check(case_of(both, answers=answers, sliced=()))
    assert (learned.measured, learned.passed) == ("1 of 3", True)
    assert (found.measured, found.passed) == ("0 positives, 100 negatives", False)


def test_base_rates_alone_are_no_model(side: Side, answered: Answering, case_of: Callable[..., Case]) -> None:
    flat = replace(side, heads=(FittedHead("churn", None, Calibration(kind="identity"), 0.1, 17),))
    learned, found = check(case_of(flat, answers=answered(np.arange(1500) < 100, np.full(1500, 0.1))))
    assert (learned.measured, learned.passed) == ("none of 1: all answer their base rate", False)
    assert learned.limit.endswith("or a lower [training] minimum_positives")
    assert found.passed


def test_trees_without_a_split_are_base_rates_too(
    side: Side, answered: Answering, case_of: Callable[..., Case]
) -> None:
    nothing = lgb.Dataset(np.zeros((200, 1)), np.arange(200) % 2, feature_name=["nothing"])
    stump = lgb.train({"objective": "binary", "verbosity": -1}, nothing, 3)
    flat = replace(side, heads=(replace(side.heads[0], booster=stump),))
    learned, _ = check(case_of(flat, answers=answered(np.arange(1500) < 100, np.full(1500, 0.1))))
    assert (learned.measured, learned.passed) == ("none of 1: all answer their base rate", False)


def test_contacts_are_tested_by_their_own_gate(side: Side, case_of: Callable[..., Case]) -> None:
    assert list(check(case_of(side))) == []
