"""What the service answers, as models from which its OpenAPI is made."""

from datetime import date
from typing import Any, Final

import pyarrow as pa
from pydantic import BaseModel

from features.vocabulary import CHURN, CUSTOMER_ID, PROPENSITY_PREFIX, SNAPSHOT_DATE, TIER, Tier
from serving.decision.arms import ArmName
from serving.requests import CustomerId


class Score(BaseModel):
    """One customer's scores: probabilities over the label window that begins at `snapshot_date`.

    `churn` is null if the bank has no churn model, a propensity is null where the product is held already.
    `age_days`: how old the features are today.
    """

    customer_id: CustomerId
    snapshot_date: date
    age_days: int
    churn: float | None
    propensities: dict[str, float | None]
    tier: Tier | None


class ScoreResponse(BaseModel):
    """Scores in the order asked; `versions` names, by model, the version that answered."""

    versions: dict[str, str]
    scores: list[Score]


SCORE_EXAMPLE: Final[dict[str, Any]] = {
    "versions": {"churn": "churn/3", "propensity": "propensity/2"},
    "scores": [
        {
            "customer_id": 1,
            "snapshot_date": "2025-01-01",
            "age_days": 3,
            "churn": 0.0412,
            "propensities": {"credit_card": 0.013, "mortgage": None},
            "tier": "valuable",
        }
    ],
}


def scores(table: pa.Table, today: date) -> list[Score]:
    """The rows of a score table (serving.scores.score_table) as answers."""
    products = [name for name in table.column_names if name.startswith(PROPENSITY_PREFIX)]
    return [
        Score(
            customer_id=row[CUSTOMER_ID],
            snapshot_date=row[SNAPSHOT_DATE],
            age_days=(today - row[SNAPSHOT_DATE]).days,
            churn=row.get(CHURN),
            propensities={name.removeprefix(PROPENSITY_PREFIX): row[name] for name in products},
            tier=row[TIER],
        )
        for row in table.to_pylist()
    ]


class Sentence(BaseModel):
    """One sentence in both languages."""

    en: str
    zh: str


class Reason(BaseModel):
    """A feature that speaks for the action.

    `contribution`: how far it moves the model's log-odds; null where no model chose.
    """

    feature: str
    contribution: float | None
    said: Sentence


class RankedAction(BaseModel):
    """An action through its best channel; what it rests on is told for the first three.

    expected_value = probability * value * context_weight * lever - cost, money in the bank's currency.
    `basis` says what the probability is; `chosen` whether it is to be done, as at most the policy's
    `max_actions` are, and none that excludes a better one.
    """

    rank: int
    action: str
    name: Sentence
    product: str | None
    channel: str
    expected_value: float
    probability: float
    value: float
    context_weight: float
    lever: float
    cost: float
    basis: str
    chosen: bool = False
    reasons: list[Reason]
    talking_point: Sentence | None


class DecideResponse(BaseModel):
    """What to do for one customer, the best first; no actions where none is worth doing.

    `fallback`: none was, and the one told is the default that the policy states.

    `arm`: "control" where the customer is held out, so that nothing is carried out; else
    "treatment", or the other way of deciding that the customer was given to, so that ours can be compared.
    `decision_id`: what outcomes refer to; null where the decision was only looked at.
    """

    decision_id: str | None = None

    customer_id: CustomerId
    snapshot_date: date
    age_days: int
    decided_on: date
    arm: ArmName
    tier: Tier | None
    currency: str
    versions: dict[str, str]
    policy_version: str
    fallback: bool = False
    actions: list[RankedAction]


class OutcomeResponse(BaseModel):
    """How many outcomes were new, and how many the ledger knew already."""

    recorded: int
    repeated: int


DECIDE_EXAMPLE: Final[dict[str, Any]] = {
    "decision_id": "5f0c6f4b1d0e4a7f9c3b2a1d0e4a7f9c",
    "customer_id": 1,
    "snapshot_date": "2025-01-01",
    "age_days": 3,
    "decided_on": "2025-01-04",
    "arm": "treatment",
    "tier": "valuable",
    "currency": "EUR",
    "versions": {"churn": "churn/3", "propensity": "propensity/2"},
    "policy_version": "default-1-0f3a5c7e9b1d",
    "fallback": False,
    "actions": [
        {
            "rank": 1,
            "action": "retain",
            "name": {"en": "call to keep the customer", "zh": "客户挽留"},
            "product": None,
            "channel": "call_centre",
            "expected_value": 9.5,
            "probability": 0.05,
            "value": 310.0,
            "context_weight": 1.0,
            "lever": 1.0,
            "cost": 6.0,
            "basis": "churn_x_save_rate",
            "chosen": True,
            "reasons": [
                {
                    "feature": "interactions_complaints_open",
                    "contribution": 0.62,
                    "said": {"en": "A complaint is open", "zh": "有未解决的投诉"},
                }
            ],
            "talking_point": {
                "en": "I am sorry about the trouble you had. I would like to see to it myself.",
                "zh": "对您之前遇到的问题深表歉意，我来亲自为您跟进。",
            },
        }
    ],
}
