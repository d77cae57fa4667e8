"""A decision laid open accounts for every action and channel once."""

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from serving.decision.decide import decide
from serving.decision.trace import Condition, DroppedAction, dropped, ranked, trace

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

TODAY = date(2024, 5, 1)
CUSTOMERS = pa.table(
    {
        "customer_id": [1, 2],
        "churn": [0.1, 0.9],
        "propensity_card": [0.02, 0.5],
        "balance": [0.0, 100.0],
        "holdings_held_loan": [1.0, 0.0],
    }
)
SECTIONS = {
    "rules": [{"name": "has_money", "condition": "balance > 0", "scope": "retain"}],
    "channels": {"app": {"cost": 1.0, "groups": ["retain", "cross_sell"]}, "call": {"cost": 4.0}},
    "holdout": {"share": 1.0, "groups": ["cross_sell"]},
}


def test_every_candidate_is_ranked_or_dropped_with_its_reason(compiled: "Compile") -> None:
    decisions = decide(CUSTOMERS, compiled(CUSTOMERS, **SECTIONS), TODAY)
    assert dropped(decisions, 0) == (
        DroppedAction("retain", None, "eligible", "has_money"),
        DroppedAction("cross_sell:card", "call", "valued", "not_worth_it"),
        DroppedAction("cross_sell:loan", None, "eligible", "held_already"),
        DroppedAction("service:greet", "app", "candidates", "channel_does_not_carry"),
    )
    assert [(one.action, one.channel) for one in ranked(decisions, 0)] == [
        ("service:greet", "call"),
        ("cross_sell:card", "app"),
    ]


def test_a_trace_is_whole_and_plain(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, **SECTIONS)
    first, second = (trace(decide(CUSTOMERS, policy, TODAY), row) for row in (0, 1))
    assert (first.action, first.arm) == ("service:greet", "treatment")
    assert (second.action, second.arm) == ("cross_sell:card", "control")
    assert second.conditions == (Condition("has_money", "balance > 0", "satisfied", scope="retain"),)
    assert second.policy_version == policy.version
    assert (second.holdout_period, second.holdout_share) == ("2024", 1.0)
    assert 0 <= second.holdout_draw < 1
    best = second.ranked[0]
    assert best.expected_value == best.probability * best.value * best.context_weight * best.lever - best.cost
    assert json.loads(json.dumps(asdict(second), default=str))["customer_id"] == 2


def test_nothing_is_an_answer(compiled: "Compile") -> None:
    told = trace(decide(CUSTOMERS, compiled(CUSTOMERS, minimum_expected_value=1e6), TODAY))
    assert (told.action, told.ranked) == ("nothing", ())
    assert {one.reason for one in told.dropped} == {"held_already", "not_worth_it"}
