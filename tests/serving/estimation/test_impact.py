"""Contacted against held out: by hand, and the interval's coverage of a known effect."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from serving.estimation.impact import Impact, impact_of
from serving.estimation.intervals import difference_of_means, difference_of_proportions
from serving.estimation.logged import checked

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log

SHARES = {"retain": 0.5, "cross_sell": 0.5}


def year(day: date) -> str:
    return str(day.year)


def measured(table: pa.Table) -> Impact:
    return impact_of(checked(table), year, SHARES)


def test_by_hand(log: "Log") -> None:
    table = log(
        8,
        arm=["treatment"] * 4 + ["control"] * 4,
        accepted=[True, True, True, False, True, False, False, False],
        cost=2.0,
    )
    found = measured(table)
    (card,) = found.actions
    assert (card.name, card.treated, card.held_out, card.treated_rate, card.held_out_rate) == (
        "cross_sell:card", 4, 4, 0.75, 0.25,
    )  # fmt: skip
    assert card.effect == difference_of_proportions((3, 4), (1, 4))
    assert card.value == difference_of_means(np.array([98.0, 98, 98, -2]), np.array([100.0, 0, 0, 0]))
    assert card.incremental_value is not None and card.value is not None
    assert card.incremental_value.estimate == 4 * card.value.estimate == 4 * 48.0
    assert found.customers == 8
    assert found.overall.value is not None
    assert found.overall.value.estimate == card.value.estimate


def test_retention_counts_who_stayed(log: "Log") -> None:
    table = log(
        4,
        group="retain",
        action="retain",
        arm=["treatment", "treatment", "control", "control"],
        churned=[False, False, True, False],
        value=300.0,
    )
    (retain,) = measured(table).groups
    assert (retain.treated_rate, retain.held_out_rate) == (1.0, 0.5)
    assert retain.value is not None
    assert retain.value.estimate == -1.0 + 150.0


def test_an_empty_arm_says_so_and_groups_not_held_back_are_not_compared(log: "Log") -> None:
    table = log(
        4, group=["cross_sell"] * 2 + ["service"] * 2, action=["cross_sell:card"] * 2 + ["service:x"] * 2
    )
    found = measured(table)
    assert [one.name for one in found.actions] == ["cross_sell:card"]
    assert (found.actions[0].effect, found.overall.effect, found.actions[0].held_out_rate) == (
        None,
        None,
        None,
    )


def test_a_split_that_chance_does_not_explain_warns(log: "Log") -> None:
    found = measured(log(1000, arm=["treatment"] * 600 + ["control"] * 400))
    assert [one.name for one in found.ratios] == ["retain", "cross_sell"]
    (warning,) = found.warnings
    assert "400 of 1000 customers are held out where 50.00% (500) should be" in warning


def test_overall_is_not_fooled_by_groups_of_unlike_rates(log: "Log") -> None:
    """No effect in either group, but the retained are more often treated, and stay more than others buy."""
    rng = np.random.default_rng(11)
    retains = rng.random(20_000) < 0.5
    treated = rng.random(20_000) < np.where(retains, 0.9, 0.5)
    table = log(
        20_000,
        group=np.where(retains, "retain", "cross_sell"),
        action=np.where(retains, "retain", "cross_sell:card"),
        arm=np.where(treated, "treatment", "control"),
        accepted=~retains & (rng.random(20_000) < 0.05),
        churned=retains & (rng.random(20_000) < 0.05),
    )
    found = measured(table).overall
    assert found.effect is not None
    assert found.effect.covers(0.0)
    assert found.effect.high - found.effect.low < 0.03


def test_the_known_effect_is_covered(log: "Log") -> None:
    """150 repeats at rare events: overall, by action, and in money, within a binomial's 99.9 %."""
    rng = np.random.default_rng(3)
    hits = np.zeros(3)
    for _ in range(150):
        loan = rng.random(4_000) < 0.3
        held = rng.random(4_000) < 0.1
        rate = np.where(loan, 0.02, 0.04) + ~held * np.where(loan, 0.01, 0.03)
        value = np.where(loan, 200.0, 100.0)
        table = log(
            4_000,
            action=np.where(loan, "cross_sell:loan", "cross_sell:card"),
            arm=np.where(held, "control", "treatment"),
            accepted=rng.random(4_000) < rate,
            value=value,
        )
        found = impact_of(checked(table), year, {"cross_sell": 0.1})
        card, overall = found.actions[0].effect, found.overall
        assert card is not None and overall.effect is not None and overall.value is not None
        # Of those here: which customers a repeat has is not part of the chance that is told of.
        treated_loans = float(loan[~held].mean())
        truth = 0.03 - 0.02 * treated_loans
        money = 0.01 * 200 * treated_loans + 0.03 * 100 * (1 - treated_loans) - 1
        hits += [card.covers(0.03), overall.effect.covers(truth), overall.value.covers(money)]
    low, high = stats.binom.ppf([0.0005, 0.9995], 150, 0.95)
    assert low <= hits[0] <= high
    assert low <= hits[1] <= high
    assert low - 4 <= hits[2] <= high  # money is skewed: a few repeats of a hundred may be lost


def test_the_same_customers_in_two_groups_tell_no_more_than_in_one(log: "Log") -> None:
    rng = np.random.default_rng(6)
    arms = np.where(rng.random(3_000) < 0.5, "control", "treatment")
    bought = rng.random(3_000) < 0.1
    customers = [f"c{row}" for row in range(3_000)]
    once = measured(log(3_000, customer=customers, arm=arms, accepted=bought)).overall.effect
    twice = measured(
        log(
            6_000,
            customer=customers * 2,
            group=["cross_sell"] * 3_000 + ["retain"] * 3_000,
            arm=np.tile(arms, 2),
            accepted=np.tile(bought, 2),
            churned=np.tile(~bought, 2),
        )
    ).overall.effect
    assert once is not None and twice is not None
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high), abs=1e-4)
