"""The control group: sticky within a period, of the share stated, drawn anew in the next."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from serving.decision.holdout import controlled, deciding_draw, draw_holdout, held_back, period
from serving.decision.trial_spec import HoldoutSpec

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

IDS = pa.array(range(20_000))
SPEC = HoldoutSpec(share=0.1, salt="s", period="year")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("day", "2024-05-31"),
        ("month", "2024-05"),
        ("quarter", "2024-Q2"),
        ("year", "2024"),
        ("forever", "forever"),
    ],
)
def test_periods(kind: Any, name: str) -> None:
    assert period(kind, date(2024, 5, 31)) == name


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


def test_banks_have_draws_of_their_own() -> None:
    here, there = (draw_holdout(SPEC, IDS, date(2024, 1, 1), bank).held_out for bank in ("here", "there"))
    both = int((here & there).sum())
    assert abs(both - 200) < 4 * np.sqrt(20_000 * 0.01 * 0.99)


def test_groups_drawn_apart_are_independent_and_each_of_the_share(compiled: "Compile") -> None:
    spec = {"share": 0.1, "per_group": True, "groups": ["retain", "cross_sell"]}
    policy = compiled(pa.table({"customer_id": [1]}), holdout=spec)
    holdout = draw_holdout(policy.policy.holdout, IDS, date(2024, 1, 1))
    retain, sell = holdout.held
    for count, share in ((retain.sum(), 0.1), (sell.sum(), 0.1), ((retain & sell).sum(), 0.01)):
        assert abs(int(count) - 20_000 * share) < 4 * np.sqrt(20_000 * share * (1 - share))
    back = held_back(policy, holdout)
    np.testing.assert_array_equal(back, [retain, sell, sell, np.zeros(len(IDS), dtype=bool)])
    winner = np.arange(len(IDS)) % 5 - 1
    expected = (winner >= 0) & back[winner, np.arange(len(IDS))]
    np.testing.assert_array_equal(controlled(policy, holdout, winner), expected)


def test_the_draw_that_decided_is_told(compiled: "Compile") -> None:
    nobody, retain, card, greet = -1, 0, 1, 3
    table = pa.table({"customer_id": [1]})
    apart = compiled(table, holdout={"share": 0.1, "per_group": True, "groups": ["cross_sell", "retain"]})
    holdout = draw_holdout(apart.policy.holdout, IDS[:9], date(2024, 1, 1))
    told = [deciding_draw(apart, holdout, 7, winner) for winner in (nobody, retain, card, greet)]
    assert told == [None, holdout.draws[1, 7], holdout.draws[0, 7], None]
    one = compiled(table, holdout={"share": 0.1})
    holdout = draw_holdout(one.policy.holdout, IDS[:9], date(2024, 1, 1))
    assert deciding_draw(one, holdout, 7, greet) == holdout.draws[0, 7]
