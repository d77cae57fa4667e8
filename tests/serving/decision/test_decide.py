"""Whole decisions: one by hand, and what must hold of any policy and any customers."""

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import BadInputError
from serving.decision.decide import Decisions, decide
from serving.decision.request import Request
from serving.decision.trace import ranked, trace

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

TODAY = date(2024, 5, 1)
WHO = {"set_by": "Ms Li", "reason": "season", "until": TODAY}

MAYBE_FLAG = st.sampled_from([None, 0.0, 1.0])
MAYBE_SHARE = st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.1, 0.5]))
MAYBE_DAYS = st.one_of(st.none(), st.integers(0, 40).map(float))
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "customer_kind": st.sampled_from([None, "individual", "company", "institution"]),
    "churn": MAYBE_SHARE,
    "propensity_card": MAYBE_SHARE,
    "propensity_loan": MAYBE_SHARE,
    "balance": st.one_of(st.none(), st.floats(-1e4, 1e6)),
    "holdings_held_card": MAYBE_FLAG,
    "holdings_held_loan": MAYBE_FLAG,
    "interactions_complaints_open": st.one_of(st.none(), st.integers(0, 2).map(float)),
    "consents_marketing_app": MAYBE_FLAG,
    "consents_marketing_call": MAYBE_FLAG,
    "consents_marketing_any": MAYBE_FLAG,
    "contacts_days_since_last_offer": MAYBE_DAYS,
    "contacts_offers_30d": MAYBE_DAYS,
    "contact_history": st.sampled_from(
        [None, "005||retain|app", "005|003|cross_sell:card|;040||retain|call"]
    ),
}
TEXTS = {"customer_kind", "contact_history"}
NO_COMPLAINT = "coalesce(interactions_complaints_open, 0) = 0"


def table(rows: list[dict[str, Any]], first_id: int = 0) -> pa.Table:
    columns = {
        name: pa.array([row[name] for row in rows], pa.string() if name in TEXTS else pa.float64())
        for name in COLUMNS
    }
    return pa.table({"customer_id": pa.array(range(first_id, first_id + len(rows)), pa.int64()), **columns})


CUSTOMERS = st.lists(st.fixed_dictionaries(COLUMNS), min_size=1, max_size=12).map(table)
GROUPS = st.lists(st.sampled_from(["retain", "cross_sell", "service"]), unique=True)
POLICIES = st.fixed_dictionaries(
    {
        "channels": st.fixed_dictionaries(
            {
                name: st.fixed_dictionaries(
                    {"cost": st.floats(0, 5), "weight": st.floats(0, 2), "groups": GROUPS}
                )
                for name in ("app", "call")
            }
        ),
        "rules": st.lists(
            st.sampled_from(
                [
                    {"name": "quiet", "condition": NO_COMPLAINT, "scope": "cross_sell"},
                    {"name": "rich", "condition": "balance > 1000", "scope": "retain"},
                    {"name": "likely", "condition": "propensity_{product} >= 0.1", "scope": "cross_sell"},
                    {"name": "no_loan", "condition": "holdings_held_loan = 0", "scope": "cross_sell:card"},
                ]
            ),
            unique_by=lambda rule: str(rule["name"]),
        ),
        "contact": st.fixed_dictionaries(
            {
                "groups": GROUPS,
                "min_spacing_days": st.integers(0, 20),
                "max_contacts_30d": st.integers(0, 5),
                "caps": st.sampled_from([[], [{"name": "once", "days": 30, "maximum": 1}]]),
                "never": st.sampled_from([[], [{"name": "n", "first": "retain", "second": "cross_sell"}]]),
            }
        ),
        "consent": st.fixed_dictionaries(
            {
                "purposes": st.sampled_from([{}, {"cross_sell": "marketing"}, {"retain": "marketing"}]),
                "unstated": st.sampled_from(["refused", "granted"]),
            }
        ),
        "value": st.fixed_dictionaries(
            {
                "base": st.floats(0, 100),
                "margin_on_balance": st.floats(0, 0.1),
                "balance_column": st.just("balance"),
            }
        ),
        "context": st.sampled_from(
            [[], [{"name": "c", "weight": 1.7, **WHO, "channel": "call", "condition": "balance > 1000"}]]
        ),
        "holdout": st.fixed_dictionaries(
            {"share": st.floats(0, 1), "groups": GROUPS, "per_group": st.booleans()}
        ),
        "arms": st.sampled_from([{}, {"random": 0.3, "propensity_only": 0.3, "no_levers": 0.3}]),
        "minimum_expected_value": st.one_of(st.floats(0, 5), st.just(1e9)),
        "max_actions": st.integers(1, 3),
        "fallback": st.sampled_from(["nothing", "service:greet"]),
    }
)


def arrays(decisions: Decisions) -> dict[str, Any]:
    """Everything decided, with customers on the last axis."""
    factors = {field.name: getattr(decisions.factors, field.name) for field in fields(decisions.factors)}
    shape = decisions.alive.shape
    found = {
        "outcomes": decisions.outcomes,
        "alive": decisions.alive,
        "channel": decisions.ranking.channel,
        "order": decisions.ranking.order,
        "draws": decisions.holdout.draws,
        "choice_probability": decisions.probability,
        "probabilities": decisions.exploration.probabilities,
        "control": decisions.control,
        "arms": decisions.arms.place,
        "lever": np.broadcast_to(factors["lever"], factors["value"].shape),
        "chosen": decisions.chosen,
        "fallback": decisions.fallback,
        "objections": decisions.objections,
        "probability": factors["probability"],
        "value": factors["value"],
        "context_weight": np.broadcast_to(factors["context_weight"], shape),
        "expected": factors["expected"],
    }
    return found | {stage.name: np.broadcast_to(stage.dropped, shape) for stage in decisions.stages}


EXPLORATIONS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["none", "epsilon", "thompson"]),
        "share": st.floats(0.01, 1),
        "most_lost": st.floats(0.1, 50),
        "few_outcomes": st.sampled_from([0, 50]),
        "samples": st.integers(1, 9),
        "outcomes": st.sampled_from([{}, {"retain": {"successes": 30, "failures": 30}}]),
    }
)


@settings(max_examples=60)
@given(customers=CUSTOMERS, policy=POLICIES, exploration=EXPLORATIONS)
def test_one_customer_is_decided_like_all_to_the_last_bit(
    compiled: "Compile", customers: pa.Table, policy: dict[str, Any], exploration: dict[str, Any]
) -> None:
    ready = compiled(customers, consents_recorded=True, exploration=exploration, **policy)
    together = arrays(decide(customers, ready, TODAY))
    for row in range(customers.num_rows):
        alone = arrays(decide(customers.slice(row, 1), ready, TODAY))
        for name, expected in together.items():
            assert alone[name].tobytes() == np.ascontiguousarray(expected[..., row : row + 1]).tobytes(), name


def forbidden(row: dict[str, Any], action: str, channel: str, policy: dict[str, Any]) -> bool:
    """Whether anything forbids an action, by a second reading of the policy that shares no code."""
    group, _, product = action.partition(":")
    rules = {rule["name"] for rule in policy["rules"]}
    contact, consent = policy["contact"], policy["consent"]
    here, anywhere = row[f"consents_marketing_{channel}"], row["consents_marketing_any"]
    stated = anywhere if here is None else here
    days = row["contacts_days_since_last_offer"]
    return any(
        [
            group not in policy["channels"][channel]["groups"],
            bool(product) and row.get(f"holdings_held_{product}") == 1,
            product == "loan" and row["customer_kind"] in ("individual", "institution"),
            "quiet" in rules and group == "cross_sell" and (row["interactions_complaints_open"] or 0) > 0,
            "rich" in rules and group == "retain" and not (row["balance"] or 0) > 1000,
            "likely" in rules and group == "cross_sell" and not (row[f"propensity_{product}"] or 0) >= 0.1,
            "no_loan" in rules and product == "card" and row["holdings_held_loan"] != 0,
            group in consent["purposes"] and stated == 0,
            group in consent["purposes"] and stated is None and consent["unstated"] == "refused",
            bool(contact["caps"]) and row["contact_history"] is not None,
            group in contact["groups"] and days is not None and days < contact["min_spacing_days"],
            group in contact["groups"] and (row["contacts_offers_30d"] or 0) >= contact["max_contacts_30d"],
        ]
    )


@settings(max_examples=150)
@given(customers=CUSTOMERS, policy=POLICIES)
def test_what_is_forbidden_is_never_ranked(
    compiled: "Compile", customers: pa.Table, policy: dict[str, Any]
) -> None:
    ready = compiled(customers, consents_recorded=True, **policy)
    decisions = decide(customers, ready, TODAY)
    for row, customer in enumerate(customers.to_pylist()):
        for found in ranked(decisions, row):
            action = found.action.replace("service:greet", "service:")
            assert not forbidden(customer, action, found.channel, policy)
            assert found.expected_value > policy["minimum_expected_value"] or decisions.fallback[row]
        held_back = decisions.control[row]
        if held_back:
            winner = ranked(decisions, row)[0].action.partition(":")[0]
            assert winner in policy["holdout"]["groups"]
            assert decisions.holdout.held_out[row]


def place(decisions: Decisions, row: int, action: str) -> float:
    """An action's rank, infinite if it is not ranked."""
    return next((one.rank for one in ranked(decisions, row) if one.action == action), np.inf)


@settings(max_examples=80)
@given(
    customers=CUSTOMERS,
    policy=POLICIES,
    multipliers=st.tuples(st.floats(0, 10), st.floats(0, 10)).map(sorted),
    action=st.sampled_from(["retain", "cross_sell:card", "cross_sell:loan", "service:greet"]),
)
def test_raising_a_lever_never_lowers_an_action(
    compiled: "Compile",
    customers: pa.Table,
    policy: dict[str, Any],
    multipliers: list[float],
    action: str,
) -> None:
    lever = {"name": "push", "scope": action, "set_by": "x", "reason": "y", "until": TODAY}
    before, after = (
        decide(
            customers,
            compiled(customers, consents_recorded=True, levers=[{**lever, "multiplier": by}], **policy),
            TODAY,
        )
        for by in multipliers
    )
    for row in range(customers.num_rows):
        assert place(after, row, action) <= place(before, row, action)


def test_one_customer_by_hand(compiled: "Compile") -> None:
    customers = pa.table(
        {
            "customer_id": ["C7"],
            "churn": [0.5],
            "propensity_card": [0.25],
            "balance": [1000.0],
            "customer_kind": ["individual"],
        }
    )
    policy = compiled(customers, value={"margin_on_balance": 0.1, "balance_column": "balance"})
    told = trace(decide(customers, policy, TODAY))
    # Retain: 0.5 * 0.5 * (0.1 * 1000) - 1 = 24, by app; card: 0.25 * 100 - 1 = 24 as well; greeting: 10 - 1.
    assert {one.action: (one.channel, one.expected_value) for one in told.ranked} == {
        "retain": ("app", 24.0),
        "cross_sell:card": ("app", 24.0),
        "service:greet": ("app", 9.0),
    }
    assert [one.rank for one in told.ranked] == [1, 2, 3]
    assert told.ranked[2].action == "service:greet"


def test_the_request_narrows_and_weighs(compiled: "Compile") -> None:
    customers = pa.table({"customer_id": [1], "propensity_card": [0.25]})
    topic = {
        "name": "asked",
        "weight": 2.0,
        **WHO,
        "scope": "cross_sell",
        "condition": "request_topic = 'card'",
    }
    policy = compiled(customers, request={"topic": "text"}, context=[topic])
    asked = decide(customers, policy, TODAY, Request(channel="call", values={"topic": "card"}))
    best = ranked(asked)[0]
    assert (best.action, best.channel, best.context_weight, best.expected_value) == (
        "cross_sell:card", "call", 2.0, 46.0
    )  # fmt: skip
    assert ranked(decide(customers, policy, TODAY))[0].expected_value == 24.0
    with pytest.raises(BadInputError, match="unknown channel"):
        decide(customers, policy, TODAY, Request(channel="fax"))


def test_nobody_and_nothing_known(compiled: "Compile") -> None:
    nobody = pa.table({"customer_id": pa.array([], pa.int64())})
    assert decide(nobody, compiled(nobody), TODAY).winner.shape == (0,)
    somebody = pa.table({"customer_id": [1]})
    (greeting,) = ranked(decide(somebody, compiled(somebody), TODAY))
    assert greeting.action == "service:greet"
