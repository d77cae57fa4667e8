"""A card says what its model cannot be trusted with."""

from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.contract import Calibration
from training.answers import Answers
from training.artifact import TrainedModel
from training.card.card import PartFacts
from training.heads import FittedHead
from training.limits import NOT_A_CAUSE, limits
from training.slices import ALL, Slice

RARE = FittedHead("loan", None, Calibration(kind="identity"), 0.01, 2)
ONE = np.ones((1, 1))
FEW = [Slice(ALL, "all", 900, 30, small=False, figures={}), Slice("sex", "x", 12, 1, small=True, figures={})]


@pytest.fixture
def trained(trained_of: Callable[..., TrainedModel]) -> TrainedModel:
    """A model with everything that limits one."""
    return trained_of(
        RARE,
        model="churn",
        answers=Answers(("loan",), np.zeros(1, int), np.array(["2024-01-01"], object), ONE, ONE, np.ones(1)),
        parts=(PartFacts(part="test", rows=9, positives=1, snapshots=("2024-01-01",)),),
        sensitive=("sex",),
    )


def test_everything_that_limits_it_is_said(trained: TrainedModel) -> None:
    found = list(limits(trained, FEW))
    assert found[0] == NOT_A_CAUSE["churn"]
    assert "the 90 days of its label window" in found[1]
    assert found[2:] == [
        "It was tested on one snapshot, 2024-01-01: `nextbest backtest` tells of others.",
        "Its test rows hold 30 positives: read the intervals, not the figures alone.",
        "Too rare to be learned or parted by no feature, answered by their base rate: loan.",
        "Too small to be judged: sex x (12 rows).",
    ]


def test_a_borrowed_head_is_told_with_whom_it_borrows_from(trained: TrainedModel) -> None:
    booster = lgb.train({"verbosity": -1}, lgb.Dataset(np.zeros((9, 1)), np.zeros(9)), 1)
    lent = replace(RARE, booster=booster, lenders=("mortgage", "lease"))
    found = list(limits(replace(trained, heads=(lent,)), FEW))
    assert "Too rare to be learned, loan is scored as mortgage, lease." in found
    assert not any("base rate" in one for one in found)


def test_what_does_not_limit_it_is_not_said(trained: TrainedModel) -> None:
    many = [Slice(ALL, "all", 9000, 300, small=False, figures={})]
    two = (PartFacts(part="test", rows=9, positives=1, snapshots=("2024-01-01", "2024-02-01")),)
    assert len(list(limits(replace(trained, heads=(), parts=two), many))) == 2


def test_learning_from_the_test_rows_and_unknown_fairness_are_said(trained: TrainedModel) -> None:
    found = " ".join(limits(replace(trained, refitted=True, sensitive=()), []))
    assert "learned from the test rows too" in found
    assert "names no sensitive column" in found
    assert "tested on one snapshot" not in found


def test_sensitive_columns_that_became_no_feature_are_said(trained: TrainedModel) -> None:
    found = " ".join(limits(replace(trained, unaudited=("postcode", "faith")), []))
    assert "nothing is known of its fairness by them: postcode, faith." in found


def test_of_effects_each_action_is_said(trained: TrainedModel) -> None:
    """Of nearly all who stay, those who do not are few: these are what an effect is told by."""
    stay = Slice(ALL, "all", 5000, 4900, small=False, figures={}, head="retain")
    offer = Slice(ALL, "all", 5000, 600, small=False, figures={}, head="cross_sell:card")
    few = Slice("tier", "dormant", 40, 1, small=True, figures={}, head="cross_sell:card")
    found = list(limits(replace(trained, answers=None, heads=()), [stay, offer, few]))
    assert found[-2:] == [
        "retain: its test rows hold 100 of the rarer outcome: read the intervals, not the figures alone.",
        "Too small to be judged of cross_sell:card: tier dormant (40 rows).",
    ]
