"""A policy's limits, with what each contact takes of them."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.spec import Product, parse
from serving.campaign.limits import limits_of
from serving.decision.compiled import compile_policy
from serving.decision.decide import Decisions, decide
from serving.decision.policy import Policy

CUSTOMERS = pa.table(
    {"customer_id": [1, 2, 3], "propensity_card": [0.5, 0.05, None], "open": [0.0, 1.0, 1.0]}
)
POLICY: dict[str, Any] = {
    "version": "t",
    "actions": {
        "sell": {"group": "cross_sell"},
        "greet": {"group": "service", "probability": 1.0, "value": 10.0, "cost": 1.0},
    },
    "channels": {"app": {"cost": 1.0, "groups": ["cross_sell"]}, "call": {"cost": 2.0, "capacity": 7}},
    "rules": [{"name": "waiting", "condition": "open > 0", "scope": "service"}],
    "value": {"balance_column": "open"},
    "campaign": {"budget": 50.0, "products": {"card": {"maximum": 3}}},
    "holdout": {"share": 0.0},
}


def decisions(**sections: Any) -> Decisions:
    policy = parse(Policy, {**POLICY, **sections}, Path("policy.toml"))
    products = {"card": Product(annual_value=100.0)}
    compiled = compile_policy(policy, products, CUSTOMERS.schema, consents_recorded=False)
    return decide(CUSTOMERS, compiled, date(2024, 1, 1))


def test_limits_come_from_the_policy() -> None:
    decided = decisions()
    limits = limits_of(decided.compiled, decided.factors)
    assert [(one.name, one.kind, one.limit) for one in limits] == [
        ("call", "channel", 7), ("card", "product", 3), ("budget", "budget", 50.0)
    ]  # fmt: skip
    # Rows: the card, the greeting; columns: app, call.
    assert [one.usage.tolist() for one in limits] == [
        [[0.0, 1.0], [0.0, 1.0]],
        [[1.0, 1.0], [0.0, 0.0]],
        [[1.0, 2.0], [2.0, 3.0]],
    ]


def test_a_daily_capacity_holds_for_the_days_of_a_campaign() -> None:
    channels = {
        "app": {"cost": 1.0, "daily_capacity": 2},
        "call": {"cost": 2.0, "capacity": 7, "daily_capacity": 4},
    }
    decided = decisions(channels=channels, campaign={"days": 3})
    limits = limits_of(decided.compiled, decided.factors)
    assert [(one.name, one.limit) for one in limits] == [
        ("app", 6),
        ("call", 7),
    ]
    decided = decisions(channels=channels, campaign={})
    limits = limits_of(decided.compiled, decided.factors)
    assert [(one.name, one.limit) for one in limits] == [
        ("app", 2),
        ("call", 4),
    ]


def test_a_quota_without_a_maximum_is_everyone_and_keeps_its_minimum() -> None:
    decided = decisions(campaign={"products": {"card": {"minimum": 2}}})
    (_, card) = limits_of(decided.compiled, decided.factors)
    assert (card.limit, card.minimum) == (3.0, 2)
