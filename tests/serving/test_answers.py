"""Answers are the tables' rows, to the last bit."""

import json
from datetime import date

import pyarrow as pa

from features.vocabulary import Tier
from serving.answers import DECIDE_EXAMPLE, SCORE_EXAMPLE, DecideResponse, ScoreResponse, scores

TABLE = pa.table(
    {
        "customer_id": ["a", "b"],
        "snapshot_date": pa.array([date(2024, 5, 1), date(2024, 4, 1)], pa.date32()),
        "churn": [0.1 + 0.2, 0.5],
        "propensity_card": [None, 1 / 3],
        "tier": ["dormant", None],
        "model_versions": ["churn/1", "churn/1"],
    }
)


def test_a_row_becomes_an_answer() -> None:
    first, second = scores(TABLE, date(2024, 5, 3))
    assert (first.customer_id, first.churn, first.propensities) == ("a", 0.1 + 0.2, {"card": None})
    assert (first.tier, first.age_days) == (Tier.DORMANT, 2)
    assert (second.propensities, second.tier, second.age_days) == ({"card": 1 / 3}, None, 32)


def test_json_keeps_every_bit() -> None:
    answer = ScoreResponse(versions={}, scores=scores(TABLE, date(2024, 5, 3)))
    told = json.loads(answer.model_dump_json())["scores"]
    assert [row["churn"] for row in told] == TABLE["churn"].to_pylist()
    assert told[1]["propensities"]["card"] == 1 / 3


def test_without_a_churn_model_churn_is_null() -> None:
    assert scores(TABLE.drop_columns(["churn"]), date(2024, 5, 3))[0].churn is None


def test_the_examples_are_answers() -> None:
    assert ScoreResponse.model_validate(SCORE_EXAMPLE).model_dump(mode="json") == SCORE_EXAMPLE
    assert DecideResponse.model_validate(DECIDE_EXAMPLE).model_dump(mode="json") == DECIDE_EXAMPLE
