"""The rows of a campaign, in order."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from features.wording import Sentence
from serving.campaign.contact_list import Told, list_table, rows_of
from serving.campaign.pool import Pool
from serving.campaign.result import LIST_COLUMNS
from serving.decision.policy import ChannelSpec
from serving.decision.value import Factors

EXPECTED = np.array([[[5.0, 1.0, 7.0], [4.0, 2.0, 7.0]], [[3.0, 9.0, 8.0], [2.0, 1.0, 6.0]]])
ACTIONS = [
    SimpleNamespace(id="retain", product=None, basis="churn_x_save_rate"),
    SimpleNamespace(id="cross_sell:card", product="card", basis="propensity"),
]


def pool() -> Pool:
    named = {"app": ChannelSpec(cost=1.0), "call": ChannelSpec(cost=2.0, daily_capacity=1)}
    policy = SimpleNamespace(channels=named)
    compiled: Any = SimpleNamespace(actions=ACTIONS, channels=("app", "call"), policy=policy)
    factors = Factors(
        probability=np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
        value=np.array([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]),
        context_weight=np.array([[[1.0], [2.0]], [[3.0], [4.0]]]),
        lever=np.array([[1.0], [1.5]]),
        cost=np.array([[1.0, 2.0], [3.0, 4.0]]),
        expected=EXPECTED.copy(),
    )
    nobody = np.zeros(3, dtype=np.bool_)
    return Pool(
        compiled=compiled,
        customers=pa.table({"customer_id": ["A", "B", "C"], "tier": ["dormant", None, "valuable"]}),
        sensitive=(),
        factors=factors,
        alive=EXPECTED > 0,
        control=nobody,
        held_out=nobody,
        arms=np.full(3, 3),
        chances=np.ones(3),
        lots=np.zeros(3),
        ties=np.array([3, 2, 1], dtype=np.uint64),
        funnel=Counter(),
    )


def test_rows_go_by_value_then_by_hash() -> None:
    # Places among actions × channels: retain by app, nothing, retain by call.
    rows = rows_of(pool(), np.array([[0, -1, 1], [-1, -1, -1]], dtype=np.int8))
    assert (rows.customers.tolist(), rows.actions.tolist(), rows.channels.tolist()) == (
        [2, 0],
        [0, 0],
        [1, 0],
    )
    equal = pool()
    equal.factors.expected[:] = 1.0
    assert rows_of(equal, np.array([[0, 0, 0], [-1, -1, -1]], dtype=np.int8)).customers.tolist() == [2, 1, 0]


def test_a_row_holds_every_factor() -> None:
    rows = rows_of(pool(), np.array([[-1, -1, -1], [-1, 0, -1]], dtype=np.int8))
    told = [Told(Sentence(en="why", zh="因为"), Sentence(en="say", zh="说"))]
    table = list_table(pool(), rows, told, "treatment")
    assert table.column_names == list(LIST_COLUMNS)
    assert table.to_pylist() == [
        {
            "rank": 1, "customer_id": "B", "action": "cross_sell:card", "product": "card", "channel": "app",
            "day": 1, "expected_value": 9.0, "probability": 0.5, "value": 50.0, "context_weight": 3.0,
            "lever": 1.5, "cost": 3.0, "basis": "propensity", "arm": "treatment", "tier": None,
            "reasons": "why", "talking_point": "say", "reasons_zh": "因为", "talking_point_zh": "说",
            "decision_id": None,
        }
    ]  # fmt: skip


def test_a_day_makes_no_more_contacts_than_it_can() -> None:
    rows = rows_of(pool(), np.array([[1, 1, 1], [-1, -1, -1]], dtype=np.int8))
    told = [Told(Sentence(en="", zh=""), Sentence(en="", zh=""))] * 3
    assert list_table(pool(), rows, told, "treatment")["day"].to_pylist() == [1, 2, 3]
    assert list_table(pool(), rows, told, "control")["day"].to_pylist() == [None] * 3


def test_other_ways_of_deciding_are_named() -> None:
    mixed = replace(pool(), arms=np.array([0, 2, 3]))
    rows = rows_of(mixed, np.array([[1, 1, 1], [-1, -1, -1]], dtype=np.int8))
    told = [Told(Sentence(en="", zh=""), Sentence(en="", zh=""))] * 3
    named = list_table(mixed, rows, told, "treatment")
    arms = dict(zip(named["customer_id"].to_pylist(), named["arm"].to_pylist(), strict=True))
    assert arms == {"A": "random", "B": "no_levers", "C": "treatment"}
