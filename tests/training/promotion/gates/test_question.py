"""A model answers one question: of another nothing is compared, and none is promoted."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.contract import Calibration
from features.question import Question
from features.spec import WindowSpec
from training.answers import Answers
from training.promotion.gates import quality, question, stability
from training.promotion.gates.case import Case, Side

ASKED = Question(WindowSpec(horizon_days=90))


@pytest.fixture
def other(side: Side) -> Side:
    """A champion that tells whether customers leave within a month, by scores turned upside down."""
    heads = (replace(side.heads[0], calibration=Calibration(kind="platt", slope=-1.0)),)
    return replace(side, contract=side.contract.model_copy(update={"horizon_days": 30}), heads=heads)


def test_a_challenger_of_the_question_asked_passes(side: Side, case_of: Callable[..., Case]) -> None:
    [found] = question.check(case_of(asked=ASKED, champion=side))
    assert (found.measured, found.limit, found.passed) == (
        "90 days after a gap of 0",
        "90 days after a gap of 0",
        True,
    )


@pytest.mark.parametrize(
    "asked",
    [
        Question(WindowSpec(horizon_days=30)),
        Question(WindowSpec(gap_days=7, horizon_days=90)),
        Question(WindowSpec(horizon_days=90), "inactive (active_days 30)"),
    ],
)
def test_one_of_another_question_than_is_asked_is_refused(
    side: Side, case_of: Callable[..., Case], asked: Question
) -> None:
    closed = replace(side, contract=side.contract.model_copy(update={"leaving": "closed_all"}))
    [found] = question.check(case_of(closed, asked=asked))
    assert not found.passed
    assert found.limit.endswith("trained for another question than bank.toml asks: train again")


def test_a_champion_of_another_question_is_not_compared_and_that_is_told(
    side: Side,
    other: Side,
    answered: Callable[..., Answers],
    case_of: Callable[..., Case],
    seen: Callable[..., pa.Table],
) -> None:
    """What it answers of its own question is better, and its scores are far off: neither counts."""
    random = np.random.default_rng(0)
    truth = random.beta(1, 8, 4000)
    labels = random.uniform(size=4000) < truth
    good, flat = answered(labels, truth), answered(labels, np.full(4000, labels.mean()))
    found = {"newest": seen(2), "champion_newest": seen(2), "same_rows": True, "asked": ASKED, "later": False}
    case = case_of(answers=flat, champion=replace(other, answers=good), **found)
    first = case_of(answers=flat, **found)
    for gate in (quality, stability):
        assert list(gate.check(case)) == list(gate.check(first))
    told = list(question.check(case))[-1]
    assert told.passed
    assert told.measured == ("not compared: the champion answers another question: 30 days after a gap of 0")
    same = replace(other, contract=side.contract, answers=good)
    held = [one for gate in (quality, stability) for one in gate.check(replace(case, champion=same))]
    assert {one.gate.split(":")[1].split(",")[0] for one in held if not one.passed} == {
        " skill over the champion's",
        " roc_auc over the champion's",
        " scores from champion to challenger",
    }


def test_nor_is_an_uplift_of_another_window_held_to_its_actions(
    other: Side, case_of: Callable[..., Case]
) -> None:
    lost = replace(other, heads=(replace(other.heads[0], name="retain"),))
    assert [one.gate for one in quality.check(case_of(champion=lost))] == ["quality: lowest Qini coefficient"]
