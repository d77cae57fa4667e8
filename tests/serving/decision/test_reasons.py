"""Reasons: the strongest feature of each concept that speaks for the action, told with its value."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.spec import Product, parse
from features.wording import Phrase, Phrases, Sentence
from serving.decision.actions import expand
from serving.decision.policy import Policy
from serving.decision.reasons import Narrator
from serving.decision.wording import Wording

PRODUCTS = {"card": Product(name_en="card", name_zh="银行卡", category="payment"), "fund": Product()}
FEATURES = ("pay_30", "pay_90", "balance", "age", "gone")


def say(text: str) -> Sentence:
    return Sentence(en=text, zh=text)


WORDING = Wording(
    features=Phrases(
        phrases=(
            Phrase(pattern="pay_(?P<days>[0-9]+)", concept="payments", told=say("{value} in {days} days")),
            Phrase(
                pattern="balance", concept="money", told=say("balance {value}"), missing=say("no balance")
            ),
            Phrase(pattern="age", concept="profile", told=say("aged {value}")),
            Phrase(pattern="gone", concept="profile", told=say("gone {value}")),
        ),
        words={},
    ),
    talking_points={
        "retain": say("Stay!"),
        "retain.money": say("Your money?"),
        "cross_sell": say("Try {product}."),
        "cross_sell.payment": say("Pay with {product}."),
        "service": say("All well?"),
        "service:greet": say("Happy birthday."),
    },
    nothing_stands_out=say("Nothing"),
)
TABLE = pa.table(
    {
        "pay_30": [1.0, 2.0, 3.0],
        "pay_90": [4.0, 5.0, 6.0],
        "balance": pa.array([100.0, None, 300.0]),
        "age": pa.array([None, float("nan"), 50.0]),
    }
)
ACTIONS = {
    "retain": {"group": "retain", "save_rate": 0.5},
    "sell": {"group": "cross_sell"},
    "greet": {"group": "service", "probability": 1.0, "value": 1.0},
    "call": {"group": "service", "probability": 1.0, "value": 1.0},
}


@pytest.fixture
def narrator() -> Narrator:
    return Narrator(WORDING, PRODUCTS)


def test_one_reason_a_concept_the_strongest_first(narrator: Narrator) -> None:
    contributions = np.array(
        [
            [
                0.1,
                0.3,
                0.2,
                0.5,
                0.0,
            ],  # payments 0.4 (told by pay_90), money 0.2; the age is missing and untold
            [-0.5, 0.4, 0.1, 0.0, 0.0],  # payments speak against, all in all; money by its absence
            [-0.1, -0.1, -0.1, -0.1, 0.9],  # a feature that is not in the table cannot be told
        ]
    )
    found = narrator.from_contributions(TABLE, FEATURES, contributions)
    assert [[reason.said.en for reason in row] for row in found] == [
        ["4 in 90 days", "Balance 100"],
        ["No balance"],
        [],
    ]
    first = found[0][0]
    assert (first.feature, first.concept, first.contribution) == ("pay_90", "payments", 0.3)


def test_reasons_without_a_model_are_the_features_named(narrator: Narrator) -> None:
    found = narrator.from_features(TABLE, ("age", "pay_30", "unheard_of"))
    assert [[(reason.said.en, reason.contribution) for reason in row] for row in found] == [
        [("1 in 30 days", None)],
        [("2 in 30 days", None)],
        [("Aged 50", None), ("3 in 30 days", None)],
    ]


def test_reasons_are_joined_into_one_line(narrator: Narrator) -> None:
    both = narrator.from_features(TABLE, ("balance", "pay_30"))[0]
    assert (narrator.joined(both).en, narrator.joined(both).zh) == (
        "Balance 100; 1 in 30 days", "balance 100；1 in 30 days"
    )  # fmt: skip
    assert narrator.joined(()).en == "Nothing"


def test_talking_points_from_the_particular_to_the_general(narrator: Narrator) -> None:
    policy = parse(
        Policy,
        {"version": "t", "actions": ACTIONS, "channels": {"app": {"cost": 0.0}}},
        Path("policy.toml"),
    )
    retain, card, fund, greet, call = expand(policy, PRODUCTS)
    money = narrator.from_features(TABLE, ("balance",))[0]
    said = [narrator.talking_point(action, reasons).en for action, reasons in (
        (retain, money), (retain, ()), (card, money), (fund, ()), (greet, ()), (call, ())
    )]  # fmt: skip
    assert said == [
        "Your money?", "Stay!", "Pay with card.", "Try fund.", "Happy birthday.", "All well?"
    ]  # fmt: skip
    assert narrator.talking_point(card, ()).zh == "Pay with 银行卡."


ROW = st.lists(st.floats(-1, 1), min_size=len(FEATURES), max_size=len(FEATURES))


@settings(max_examples=50)
@given(st.lists(ROW, min_size=3, max_size=3))
def test_one_customer_is_told_like_all(rows: list[list[float]]) -> None:
    contributions = np.array(rows)
    together = Narrator(WORDING, PRODUCTS).from_contributions(TABLE, FEATURES, contributions)
    alone = [
        Narrator(WORDING, PRODUCTS).from_contributions(
            TABLE.slice(row, 1), FEATURES, contributions[row : row + 1]
        )[0]
        for row in range(3)
    ]
    assert together == alone
