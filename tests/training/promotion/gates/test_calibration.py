"""A tier fails only where chance does not explain it."""

from collections.abc import Callable

import pytest

from features.promotion_spec import PromotionSpec
from training.intervals import Interval
from training.promotion.gates.calibration import check, observed
from training.promotion.gates.case import Case
from training.slices import Slice


def tier(value: float, low: float, high: float, *, small: bool = False, expected: float = 0.08) -> Slice:
    """A tier in which this share of the rows was expected to be positive."""
    gap = Interval(*((one - 1) * expected for one in (value, low, high)))
    figures = {"observed_to_expected": Interval(value, low, high), "calibration_gap": gap}
    return Slice("tier", "valuable", 500, 40, small, figures)


@pytest.mark.parametrize(
    ("found", "passes"),
    [
        (tier(1.1, 0.9, 1.3), True),
        (tier(2.0, 1.4, 2.6), True),
        (tier(2.0, 1.6, 2.4), False),
        (tier(0.4, 0.2, 0.6), False),
        (tier(9.0, 8.0, 10.0, small=True), True),
        (tier(0.0, 0.0, 0.0, expected=0.0015), True),  # 1.5 in a thousand were expected: a trifle
        (tier(0.0, 0.0, 0.0, expected=0.015), False),
        (tier(4.0, 3.0, 5.0, expected=0.002), True),
        (tier(9.0, 8.0, 10.0, expected=0.002), False),
    ],
)
def test_a_tier_is_held_against_its_interval(found: Slice, passes: bool) -> None:
    assert observed(found, PromotionSpec()).passed is passes


def test_the_whole_is_held_by_the_low_end_of_its_calibration_error(case_of: Callable[..., Case]) -> None:
    whole = Slice(
        "all", "all", 500, 40, small=False, figures={"calibration_error": Interval(0.06, 0.04, 0.08)}
    )
    for most, passes in ((0.03, False), (0.05, True), (0.07, True)):
        [found] = check(case_of(limits={"calibration_error_most": most}, sliced=[whole]))
        assert found.passed is passes


def test_a_small_group_is_said_to_be_small() -> None:
    assert (
        observed(tier(9.0, 8.0, 10.0, small=True), PromotionSpec()).measured
        == "too small to be judged: 500 rows"
    )
