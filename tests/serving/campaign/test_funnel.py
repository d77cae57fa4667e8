"""Each customer is counted once an action, at the stage that took its last channel."""

from datetime import date

import pyarrow as pa

from features.spec import Product
from serving.campaign.funnel import drops, funnel
from serving.decision.compiled import compile_policy
from serving.decision.decide import decide
from serving.decision.faults import Origin
from serving.policy.file import policy_of

CUSTOMERS = pa.table(
    {"customer_id": [1, 2, 3], "propensity_card": [0.5, 0.05, None], "open": [0.0, 1.0, 1.0]}
)
POLICY = {
    "version": "t",
    "actions": {
        "sell": {"group": "cross_sell"},
        "greet": {"group": "service", "probability": 1.0, "value": 10.0, "cost": 1.0},
    },
    # The app carries no service: that alone takes nothing away while there are calls.
    "channels": {"app": {"cost": 1.0, "groups": ["cross_sell"]}, "call": {"cost": 2.0}},
    "rules": [{"name": "waiting", "condition": "open > 0", "scope": "service"}],
    "value": {"balance_column": "open"},
}


def test_the_first_stage_that_took_the_last_channel_is_named() -> None:
    policy = policy_of(POLICY, Origin("policy.toml", {}))
    catalogue = {"card": Product(annual_value=100.0)}
    compiled = compile_policy(policy, catalogue, CUSTOMERS.schema, consents_recorded=False)
    counts = funnel(decide(CUSTOMERS, compiled, date(2024, 1, 1)))
    assert dict(counts) == {
        ("eligible", "waiting", "service:greet"): 1,
        ("valued", "not_scored", "cross_sell:card"): 1,
    }
    assert [(drop.stage, drop.customers) for drop in drops(counts)] == [("eligible", 1), ("valued", 1)]
