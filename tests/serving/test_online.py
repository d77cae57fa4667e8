"""Online, a customer's newest features become scores; who is not there is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.layout import Feature, Layout, ViewLayout
from features.spec import Product
from features.vocabulary import Model, Tier
from serving.decision.compiled import compile_policy
from serving.decision.decide import Decisions
from serving.decision.policy import Policy
from serving.decision.reasons import Narrator
from serving.decision.request import Request
from serving.online import OnlineDesk, customer_schema
from serving.problems import UnknownCustomersError
from serving.wording_file import load_wording

TODAY = date(2024, 5, 8)
MOMENT = pa.timestamp("us", "UTC")
ONLINE = {
    7: {"snapshot": date(2024, 5, 1), "tier": "valuable", "balance": 0.25, "holdings_held_card": 1.0},
    8: {"snapshot": date(2024, 4, 1), "tier": None, "balance": 0.5, "holdings_held_card": 0.0},
}


class FakeStore:
    """Holds customers 7 and 8, of different snapshots."""

    def online(self, service: str, ids: Sequence[int]) -> pa.Table:
        assert service == "decision-1"
        rows = [ONLINE.get(one, {}) for one in ids]
        moments = [row and datetime.combine(row["snapshot"], datetime.min.time(), UTC) for row in rows]
        return pa.table(
            {
                "customer_id": ids,
                "event_timestamp": pa.array([moment or None for moment in moments], MOMENT),
                "tier": pa.array([row.get("tier") for row in rows], pa.string()),
                "balance": pa.array([row.get("balance") for row in rows], pa.float64()),
                "holdings_held_card": pa.array([row.get("holdings_held_card") for row in rows], pa.float64()),
                "holdings_held_loan": pa.nulls(len(rows), pa.float64()),
            }
        )


@dataclass(frozen=True)
class FakeContract:
    names: tuple[str, ...] = ("balance", "holdings_held_card")
    features: tuple[str, ...] = names


@dataclass(frozen=True)
class FakeModel:
    """Every head's probability is the balance; holding a card speaks for everything."""

    name: Model
    version: str
    heads: tuple[str, ...]
    contract: FakeContract = FakeContract()
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def predict(self, features: pa.Table, threads: int) -> dict[str, Any]:
        assert threads == 1  # more would only cost, for a row at a time
        return dict.fromkeys(self.heads, features["balance"].to_numpy())

    def contributions(self, features: pa.Table, head: str) -> Any:
        assert head in self.heads
        return np.array([[-0.1, 0.4, 2.0]] * features.num_rows)


CATALOGUE = {
    "card": Product(name_en="Card", name_zh="信用卡", annual_value=40.0),
    "loan": Product(name_en="Loan", name_zh="贷款", annual_value=200.0),
}
POLICY = Policy.model_validate(
    {
        "version": "p1",
        "actions": {
            "retain": {"group": "retain", "save_rate": 0.5},
            "cross_sell": {"group": "cross_sell"},
            "hello": {"group": "service", "probability": 1.0, "value": 1.0},
            "visit": {"group": "service", "probability": 1.0, "value": 0.5},
        },
        "channels": {"app": {"cost": 0.0}, "branch": {"cost": 0.25}},
        "rules": (
            {"name": "small", "scope": "cross_sell", "condition": "coalesce(request_amount, 0) < 10"},
            {
                "name": "not_held",
                "scope": "cross_sell",
                "condition": "coalesce(holdings_held_{product}, 0) = 0",
            },
        ),
        "consent": {"no_table": "granted"},
        "value": {"base": 100.0, "balance_column": "balance"},
        "request": {"amount": "number"},
    }
)
LAYOUT = Layout(
    customer_id_type="int64",
    views=(
        ViewLayout(
            name="holdings",
            description="",
            for_models=True,
            features=(
                Feature(name="tier", kind="text"),
                Feature(name="balance", kind="number"),
                Feature(name="holdings_held_card", kind="number"),
                Feature(name="holdings_held_loan", kind="number"),
            ),
        ),
    ),
    sensitive=(),
    snapshots=(TODAY,),
    fingerprint="0",
)
CHURN = FakeModel(Model.CHURN, "churn/3", ("churn",))
PROPENSITY = FakeModel(Model.PROPENSITY, "propensity/1", ("card", "loan"))


def desk(*models: Any) -> OnlineDesk:
    policy = compile_policy(POLICY, CATALOGUE, customer_schema(LAYOUT), consents_recorded=False)
    narrator = Narrator(load_wording(), CATALOGUE)
    return OnlineDesk(FakeStore(), "decision-1", models, policy, narrator, "EUR", lambda: TODAY)


def test_scores_in_the_order_asked_with_the_age_of_their_features() -> None:
    answer = desk(CHURN, PROPENSITY).score([8, 7, 8])
    assert answer.versions == {"churn": "churn/3", "propensity": "propensity/1"}
    assert [score.customer_id for score in answer.scores] == [8, 7, 8]
    assert [score.churn for score in answer.scores] == [0.5, 0.25, 0.5]
    assert [score.tier for score in answer.scores] == [None, Tier.VALUABLE, None]
    assert [(score.snapshot_date, score.age_days) for score in answer.scores[:2]] == [
        (date(2024, 4, 1), 37),
        (date(2024, 5, 1), 7),
    ]
    assert [score.propensities for score in answer.scores[:2]] == [
        {"card": 0.5, "loan": 0.5},
        {"card": None, "loan": 0.25},
    ]


@dataclass
class FakeRecorder:
    """Remembers what it was told to keep."""

    kept: list[tuple[str, Request]]
    load: "FakeLoad" = field(default_factory=lambda: FakeLoad(()))

    def record(self, decisions: Decisions, request: Request) -> str | None:
        if request.full != self.load.full:
            self.load.told = self.load.full
            return None
        self.kept.append((str(decisions.customers["customer_id"][0]), request))
        return f"d{len(self.kept)}"


@dataclass
class FakeLoad:
    """Channels with nothing left, of which nobody was told yet."""

    full: tuple[str, ...]
    told: tuple[str, ...] = ()

    def known(self, day: date) -> tuple[str, ...]:
        assert day == TODAY
        return self.told


def test_what_is_told_is_kept_first_and_what_is_looked_at_is_not() -> None:
    recorder: Any = FakeRecorder([])
    recording = replace(desk(CHURN, PROPENSITY), recorder=recorder)
    assert recording.decide(7, "app", {"amount": 3.0}).decision_id == "d1"
    assert recorder.kept == [("7", Request("app", {"amount": 3.0}))]
    assert recording.answer(recording.decisions(8, Request())).decision_id is None
    assert desk(CHURN).decide(7, None, {}).decision_id is None
    assert len(recorder.kept) == 1


def test_a_channel_that_filled_up_meanwhile_is_decided_without() -> None:
    recorder: Any = FakeRecorder([], FakeLoad(("app",)))
    answer = replace(desk(CHURN), recorder=recorder).decide(8, None, {})
    assert {one.channel for one in answer.actions} == {"branch"}
    assert (answer.decision_id, recorder.kept) == ("d1", [("8", Request(full=("app",)))])


def test_without_a_model_its_scores_are_empty() -> None:
    (score,) = desk(PROPENSITY).score([7]).scores
    assert score.churn is None
    (score,) = desk(CHURN).score([7]).scores
    assert score.propensities == {}


def test_every_unknown_customer_is_named() -> None:
    with pytest.raises(UnknownCustomersError) as caught:
        desk(CHURN).score([9, 7, 10])
    assert caught.value.customer_ids == [9, 10]
    assert "9" not in str(caught.value)  # ids stay out of logs


def test_the_policy_is_compiled_against_the_columns_that_come_online() -> None:
    assert desk().features([7]).schema == customer_schema(LAYOUT)


def test_a_decision_is_ranked_by_value_and_says_why() -> None:
    answer = desk(CHURN, PROPENSITY).decide(8, None, {})
    # Customer 8, half likely to do anything: half of 200; half of a half of 100; half of 40; 1; and a half.
    expected = [("cross_sell:loan", 100.0), ("retain", 25.0), ("cross_sell:card", 20.0)]
    expected += [("service:hello", 1.0), ("service:visit", 0.5)]
    assert [(one.action, one.expected_value) for one in answer.actions] == expected
    assert [one.rank for one in answer.actions] == [1, 2, 3, 4, 5]
    assert {one.channel for one in answer.actions} == {"app"}
    assert (answer.customer_id, answer.arm, answer.decided_on, answer.age_days) == (8, "treatment", TODAY, 37)
    assert (answer.tier, answer.currency, answer.policy_version[:3]) == (None, "EUR", "p1-")
    loan = answer.actions[0]
    assert (loan.name.en, loan.name.zh, loan.basis) == ("Loan", "贷款", "propensity")
    assert [(one.feature, one.contribution) for one in loan.reasons] == [("holdings_held_card", 0.4)]
    assert loan.reasons[0].said.en
    assert loan.reasons[0].said.zh
    assert loan.talking_point is not None
    assert "Loan" in loan.talking_point.en
    assert "贷款" in loan.talking_point.zh


def test_only_the_first_three_actions_are_explained() -> None:
    actions = desk(CHURN, PROPENSITY).decide(8, None, {}).actions
    assert [one.talking_point is not None for one in actions] == [True, True, True, False, False]


def test_channel_and_context_enter_the_decision() -> None:
    answer = desk(CHURN, PROPENSITY).decide(8, "branch", {"amount": 12.0})
    assert [(one.action, one.channel) for one in answer.actions] == [
        ("retain", "branch"),
        ("service:hello", "branch"),
        ("service:visit", "branch"),
    ]


def test_without_any_model_what_needs_none_is_still_decided() -> None:
    answer = desk().decide(8, None, {})
    assert answer.versions == {}
    assert [one.action for one in answer.actions] == ["service:hello", "service:visit"]


def test_where_nothing_is_worth_it_the_stated_default_is_told_and_kept() -> None:
    recorder: Any = FakeRecorder([])
    stated = POLICY.model_copy(update={"minimum_expected_value": 1e6, "fallback": "service:visit"})
    policy = compile_policy(stated, CATALOGUE, customer_schema(LAYOUT), consents_recorded=False)
    answer = replace(desk(), policy=policy, recorder=recorder).decide(8, None, {})
    assert (answer.decision_id, answer.fallback) == ("d1", True)
    assert [(one.action, one.expected_value, one.chosen) for one in answer.actions] == [
        ("service:visit", 0.5, True)
    ]
    assert not desk().decide(8, None, {}).fallback


def test_deciding_about_an_unknown_customer_names_them() -> None:
    with pytest.raises(UnknownCustomersError):
        desk(CHURN).decide(9, None, {})
