"""A policy's funnel on customers small enough to count by hand."""

from datetime import date
from typing import Any

import pyarrow as pa

from features.spec import Product
from serving.decision.compiled import compile_policy
from serving.decision.decide import decide
from serving.decision.faults import Origin
from serving.policy.check import FunnelStep, counted
from serving.policy.file import policy_of

TODAY = date(2024, 1, 1)
CUSTOMERS = pa.table(
    {
        "customer_id": [1, 2, 3, 4, 5],
        "churn": [0.5, 0.5, 0.0, None, 0.5],
        "open": [1.0, 0.0, 0.0, 0.0, 0.0],
        "balance": [100.0] * 5,
        "propensity_card": [0.5, None, 0.5, 0.5, 0.5],
        "holdings_held_card": [0.0, 1.0, 0.0, 0.0, 0.0],
        "consents_marketing_any": [1.0, 1.0, 1.0, 1.0, 0.0],
    }
)
WHO = {"set_by": "Ms Li", "reason": "season", "until": date(2023, 12, 31)}
POLICY: dict[str, Any] = {
    "version": "1",
    "fallback": "service:greet",
    "minimum_expected_value": 1.0,
    "actions": {
        "retain": {"group": "retain", "save_rate": 1.0},
        "sell": {"group": "cross_sell"},
        "greet": {"group": "service", "probability": 1.0, "value": 1.0},
    },
    "channels": {"app": {"cost": 0.0}},
    "rules": [
        {"name": "waits", "kind": "suitability", "scope": "cross_sell", "condition": "open = 0"},
        {"name": "guard", "if_column": "vulnerable", "condition": "vulnerable = 0"},
    ],
    "consent": {"purposes": {"retain": "marketing", "cross_sell": "marketing"}},
    "value": {"balance_column": "balance", "margin_on_balance": 0.1},
    "levers": [{"name": "old", "multiplier": 2.0, **WHO}],
}


def test_everyone_is_accounted_for_by_action_and_reason() -> None:
    policy = policy_of(POLICY, Origin("policy.toml", {}))
    catalogue = {"card": Product(annual_value=100.0)}
    compiled = compile_policy(policy, catalogue, CUSTOMERS.schema, consents_recorded=True)
    chunks = (decide(CUSTOMERS.slice(start, 2), compiled, TODAY) for start in (0, 2, 4))
    found = counted("bank", TODAY, compiled, chunks, TODAY)
    assert (found.customers, found.objected, found.nothing, found.fallback) == (5, 1, 1, 1)
    ways = {way.action: way for way in found.actions}
    for way in found.actions:
        stages = (way.candidates, way.objection, way.eligible, way.permitted, way.valued)
        assert sum(stages) + way.left == way.customers == 5
    retain, card = ways["retain"], ways["cross_sell:card"]
    assert (retain.objection, retain.valued, retain.left, retain.best) == (1, 2, 2, 2)
    assert (card.objection, card.eligible, card.left, card.best, card.chosen) == (1, 2, 2, 2, 2)
    assert (
        FunnelStep(
            stage="eligible", kind="suitability", reason="waits", action="cross_sell:card", customers=1
        )
        in found.funnel
    )
    assert [step.stage for step in found.funnel] == sorted(
        (step.stage for step in found.funnel),
        key=("candidates", "objection", "eligible", "permitted", "valued").index,
    )
    assert found.warnings == (
        "lever old is past its date and without effect",
        "rule guard is left out: the bank lacks the column it is for",
    )
