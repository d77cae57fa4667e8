"""Each action taken away is counted where its last channel went."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.spec import Product, parse
from serving.campaign.funnel import drops, funnel
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


def test_the_funnel_names_the_first_stage_that_took_the_last_channel() -> None:
    counts = funnel(decisions())
    assert dict(counts) == {
        ("eligible", "waiting", "service:greet"): 1,
        ("valued", "not_scored", "cross_sell:card"): 1,
    }
    assert [(drop.stage, drop.customers) for drop in drops(counts)] == [("eligible", 1), ("valued", 1)]
