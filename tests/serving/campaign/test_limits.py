"""A policy's limits, with what each contact takes of them."""

from collections.abc import Callable
from typing import Any

import pytest

from serving.campaign.limits import limits_of
from serving.decision.decide import Decisions

Limits = Callable[..., Any]


@pytest.fixture
def limits(decided: Callable[..., Decisions]) -> Limits:
    """Of the policy with sections replaced."""

    def found(**sections: Any) -> Any:
        decisions = decided(**sections)
        return limits_of(decisions.compiled, decisions.factors)

    return found


def test_limits_come_from_the_policy(limits: Limits) -> None:
    found = limits()
    assert [(one.name, one.kind, one.limit) for one in found] == [
        ("call", "channel", 7), ("card", "product", 3), ("budget", "budget", 50.0)
    ]  # fmt: skip
    # Rows: the card, the greeting; columns: app, call.
    assert [one.usage.tolist() for one in found] == [
        [[0.0, 1.0], [0.0, 1.0]],
        [[1.0, 1.0], [0.0, 0.0]],
        [[1.0, 2.0], [2.0, 3.0]],
    ]


@pytest.mark.parametrize(
    ("campaign", "expected"), [({"days": 3}, {"app": 6, "call": 7}), ({}, {"app": 2, "call": 4})]
)
def test_a_daily_capacity_holds_for_the_days_of_a_campaign(
    limits: Limits, campaign: dict[str, int], expected: dict[str, int]
) -> None:
    channels = {
        "app": {"cost": 1.0, "daily_capacity": 2},
        "call": {"cost": 2.0, "capacity": 7, "daily_capacity": 4},
    }
    assert {one.name: one.limit for one in limits(channels=channels, campaign=campaign)} == expected


def test_a_quota_without_a_maximum_is_everyone_and_keeps_its_minimum(limits: Limits) -> None:
    (_, card) = limits(campaign={"products": {"card": {"minimum": 2}}})
    assert (card.limit, card.minimum) == (3.0, 2)
