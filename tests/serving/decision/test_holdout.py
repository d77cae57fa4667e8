"""The control group: sticky within a period, of the share stated, drawn anew in the next."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from serving.decision.holdout import controlled, draw_holdout, period
from serving.decision.policy import HoldoutSpec

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

IDS = pa.array(range(20_000))
SPEC = HoldoutSpec(share=0.1, salt="s", period="year")


@pytest.mark.parametrize(
    ("kind", "name"), [("month", "2024-05"), ("quarter", "2024-Q2"), ("year", "2024"), ("forever", "forever")]
)
def test_periods(kind: Any, name: str) -> None:
    assert period(HoldoutSpec(period=kind), date(2024, 5, 31)) == name


def test_the_share_is_kept() -> None:
    held_out = draw_holdout(SPEC, IDS, date(2024, 1, 1)).held_out
    # Within four standard deviations of a binomial.
    assert abs(int(held_out.sum()) - 2000) < 4 * np.sqrt(20_000 * 0.1 * 0.9)


def test_sticky_within_a_period_and_new_in_the_next() -> None:
    first, later, next_year = (
        draw_holdout(SPEC, IDS, day).held_out
        for day in (date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
    )
    np.testing.assert_array_equal(first, later)
    both = int((first & next_year).sum())
    assert abs(both - 200) < 4 * np.sqrt(20_000 * 0.01 * 0.99)


def test_a_larger_share_keeps_who_was_held_out() -> None:
    small = draw_holdout(SPEC, IDS, date(2024, 1, 1)).held_out
    large = draw_holdout(SPEC.model_copy(update={"share": 0.2}), IDS, date(2024, 1, 1)).held_out
    assert not np.any(small & ~large)


def test_only_the_groups_named_are_held_back(compiled: "Compile") -> None:
    policy = compiled(pa.table({"customer_id": [1]}), holdout={"share": 1.0, "groups": ["cross_sell"]})
    holdout = draw_holdout(policy.policy.holdout, IDS[:5], date(2024, 1, 1))
    retain, card, loan, greet, nothing = 0, 1, 2, 3, -1
    winners = np.array([retain, card, loan, greet, nothing])
    assert controlled(policy, holdout, winners).tolist() == [False, True, True, False, False]
