"""Leaves are counted, time is taken of the newest customers, or told by the card."""

from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import pyarrow as pa

from training.promotion.gates.case import Case, Side
from training.promotion.gates.speed import check


def test_the_leaves_of_every_booster_are_counted(
    side: Side, booster: lgb.Booster, case_of: Callable[..., Case]
) -> None:
    size, _ = check(case_of())
    assert (size.measured, size.passed) == ("40", True)
    assert not next(check(case_of(limits={"leaves_most": 39}))).passed
    uplift = replace(side, heads=(replace(side.heads[0], control=booster),))
    assert next(check(case_of(uplift))).measured == "80"


def test_time_is_taken_of_customers(case_of: Callable[..., Case], seen: Callable[..., pa.Table]) -> None:
    _, speed = check(case_of(newest=seen()))
    took = float(speed.measured)
    assert speed.passed
    assert 0 < took < 100  # ten small trees
    _, slow = check(case_of(newest=seen(), limits={"microseconds_a_row_most": 1e-4}))
    assert (slow.passed, slow.limit) == (False, "<= 0.0001")


def test_without_customers_the_card_tells_the_time(side: Side, case_of: Callable[..., Case]) -> None:
    _, told = check(case_of(limits={"microseconds_a_row_most": 4.0}))
    assert (told.measured, told.passed) == ("4.5", False)
    assert [one.gate for one in check(case_of(replace(side, card=None)))] == ["size: leaves"]
