"""Features and scores side by side."""

from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.vocabulary import Model
from serving.decision.compiled import compile_policy
from serving.decision.decide import decide
from serving.decision.faults import Origin
from serving.decision.trace import DroppedAction, trace
from serving.decision_table import decision_table
from serving.policy.file import policy_of

FEATURES = pa.table(
    {
        "customer_id": [7, 8],
        "snapshot_date": pa.array([0, 0], pa.date32()),
        "tier": ["valuable", None],
        "holdings_held_card": [1.0, 0.0],
    }
)


class FakeModel:
    name, version, kinds = Model.PROPENSITY, "propensity/1", MappingProxyType({})

    def predict(self, features: pa.Table, threads: int) -> dict[str, Any]:
        assert (features.num_rows, threads) == (2, 3)
        return {"card": np.array([0.25, 0.5])}


class Watching:
    """Remembers which customers it was asked about."""

    name, version, kinds = Model.CHURN, "churn/1", MappingProxyType({})

    def __init__(self) -> None:
        self.seen: list[int] = []

    def predict(self, features: pa.Table, threads: int) -> dict[str, Any]:
        assert threads == 1
        self.seen += features["customer_id"].to_pylist()
        return {"churn": np.full(features.num_rows, 0.5)}


def test_scores_are_added_once() -> None:
    models: Any = (FakeModel(),)
    found = decision_table(FEATURES, models, threads=3)
    assert found.column_names == [*FEATURES.column_names, "propensity_card", "model_versions"]
    assert found.select(FEATURES.column_names).equals(FEATURES)
    assert found["propensity_card"].to_pylist() == [None, 0.5]


@pytest.mark.parametrize("objecting", [[0.0, 1.0, None], [0.0, 0.0, 0.0]])
def test_who_objected_is_neither_scored_nor_read(objecting: list[float | None]) -> None:
    customers = pa.table(
        {
            "customer_id": [1, 2, 3],
            "snapshot_date": pa.array([0, 0, 0], pa.date32()),
            "tier": ["valuable"] * 3,
            "balance": [1.0, 2.0, 3.0],
            "complaints": [1.0, 0.0, 0.0],
            "consents_marketing_any": pa.array(objecting, pa.float64()),
        }
    )
    raw = {
        "version": "1",
        "actions": {
            "retain": {"group": "retain", "save_rate": 0.5},
            "call": {"group": "service", "probability": 1.0, "value": 9.0},
        },
        "channels": {"app": {"cost": 0.0}},
        "rules": [{"name": "waits", "scope": "service", "condition": "complaints > 0"}],
        "consent": {"purposes": {"retain": "marketing"}},
        "value": {"balance_column": "balance"},
    }
    policy = compile_policy(
        policy_of(raw, Origin("policy.toml", {})), {}, customers.schema, consents_recorded=True
    )
    model: Any = Watching()
    found = decision_table(customers, (model,), policy=policy)
    free = [customer for customer, said in zip((1, 2, 3), objecting, strict=True) if said != 0]
    assert model.seen == free
    for row in found.to_pylist():
        objected = row["customer_id"] not in free
        assert (row["churn"] is None, row["balance"] is None, row["tier"] is None) == (objected,) * 3
        assert row["model_versions"] == (None if objected else "churn/1")
        assert row["complaints"] is not None  # service goes on
    told = trace(decide(found, policy, date(2024, 1, 1)))
    assert (told.action, told.objected, told.features_read) == ("service:call", True, ("complaints",))
    assert DroppedAction("retain", None, "objection", "objected_to_marketing") in told.dropped
