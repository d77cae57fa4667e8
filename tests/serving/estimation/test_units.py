"""Whom to count: each customer once a group and period, in the arm first drawn."""

from datetime import date
from typing import TYPE_CHECKING

from serving.estimation.logged import checked
from serving.estimation.units import units_of

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log


def year(day: date) -> str:
    return str(day.year)


def test_a_customers_decisions_of_a_group_and_period_are_one(log: "Log") -> None:
    days = [date(2024, 2, 1), date(2024, 1, 1), date(2024, 3, 1), date(2025, 1, 1), date(2024, 1, 1)]
    table = log(
        5,
        customer=["a"] * 5,
        decided_on=days,
        group=["cross_sell"] * 4 + ["retain"],
        action=["cross_sell:card", "cross_sell:loan", "cross_sell:card", "cross_sell:card", "retain"],
        arm=["treatment", "treatment", "control", "control", "treatment"],
        accepted=[True, False, False, False, False],
        churned=[False, False, False, False, True],
        value=[100.0, 70.0, 100.0, 100.0, 300.0],
        cost=2.0,
    )
    units = units_of(checked(table), year)
    found = zip(units.action, units.treated, units.success, units.reward, strict=True)
    assert sorted(map(tuple, found)) == [
        ("cross_sell:card", False, False, 0.0),  # 2025, held out: no cost
        ("cross_sell:loan", True, True, 96.0),  # the first of 2024 says the action and the arm; two contacts
        ("retain", True, False, -302.0),
    ]


def test_a_stake_is_lost_once(log: "Log") -> None:
    table = log(3, customer="a", group="retain", action="retain", churned=True, value=300.0, cost=0.0)
    assert units_of(checked(table), year).reward.tolist() == [-300.0]


def test_nothing_and_other_arms_are_left_out(log: "Log") -> None:
    table = log(3, action=["nothing", "retain", "retain"], arm=["treatment", "random", "control"])
    units = units_of(checked(table), year)
    assert (len(units), units.treated.tolist()) == (1, [False])
