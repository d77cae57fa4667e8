"""Three customers, a card to sell and a greeting, decided by a policy whose sections a test replaces."""

from datetime import date
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pytest

from features.spec import Product, parse
from serving.decision.compiled import compile_policy
from serving.decision.decide import Decisions, decide
from serving.decision.policy import Policy

CUSTOMERS: Final = pa.table(
    {
        "customer_id": [1, 2, 3],
        "tier": ["valuable", None, "dormant"],
        "propensity_card": [0.5, 0.05, None],
        "open": [0.0, 1.0, 1.0],
    }
)
POLICY: Final[dict[str, Any]] = {
    "version": "t",
    "actions": {
        "sell": {"group": "cross_sell"},
        "greet": {"group": "service", "probability": 1.0, "value": 10.0, "cost": 1.0},
    },
    "channels": {"app": {"cost": 1.0, "groups": ["cross_sell"]}, "call": {"cost": 2.0, "capacity": 7}},
    "rules": [{"name": "waiting", "condition": "open > 0", "scope": "service"}],
    "value": {"balance_column": "open"},
    "campaign": {"budget": 50.0, "products": {"card": {"maximum": 3}}},
}


class Decided(Protocol):
    """See `decided`."""

    def __call__(self, customers: pa.Table = ..., **sections: Any) -> Decisions: ...


@pytest.fixture(scope="session")
def customers() -> pa.Table:
    """The three: the first has no open matter and the likeliest card, the third no score."""
    return CUSTOMERS


@pytest.fixture(scope="session")
def decided() -> Decided:
    """Decide for the three, or for other customers, with sections of the policy replaced."""

    def make(customers: pa.Table = CUSTOMERS, **sections: Any) -> Decisions:
        policy = parse(Policy, {**POLICY, **sections}, Path("policy.toml"))
        products = {"card": Product(annual_value=100.0)}
        compiled = compile_policy(policy, products, customers.schema, consents_recorded=False)
        return decide(customers, compiled, date(2024, 1, 1))

    return make
