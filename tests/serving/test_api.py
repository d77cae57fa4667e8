"""Every answer, right or wrong, is JSON that a caller can use; none shows what happened inside."""

import json
import logging
from datetime import date
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from features.vocabulary import Tier
from serving.answers import DECIDE_EXAMPLE, DecideResponse, Score, ScoreResponse
from serving.api import MAX_BODY_BYTES, build_api
from serving.decision.policy import Policy
from serving.ledger.outcomes import Outcome, Recorded, UnknownDecisionsError
from serving.problems import MEDIA_TYPE, UnknownCustomersError

POLICY = Policy.model_validate(
    {
        "version": "1",
        "actions": {"retain": {"group": "retain", "save_rate": 0.3}},
        "channels": {"app": {"cost": 0.1}},
        "request": {"amount": "number"},
    }
)
BROKEN = 500


class FakeDesk:
    """Knows customers 1 to 9; breaks on 500."""

    def score(self, customer_ids: list[int]) -> ScoreResponse:
        if BROKEN in customer_ids:
            raise RuntimeError("could not convert 'Jane Roe, 12 High Street'")
        unknown = [one for one in customer_ids if one not in range(1, 10)]
        if unknown:
            raise UnknownCustomersError(unknown)
        return ScoreResponse(versions={"churn": "churn/3"}, scores=[score(one) for one in customer_ids])

    def decide(self, customer_id: int, channel: str | None, context: dict[str, Any]) -> DecideResponse:
        if customer_id not in range(1, 10):
            raise UnknownCustomersError([customer_id])
        asked = {"customer_id": customer_id, "currency": f"{channel} {context}"}
        return DecideResponse.model_validate(DECIDE_EXAMPLE | asked)

    def outcomes(self, outcomes: list[Outcome]) -> Recorded:
        unknown = [one.decision_id for one in outcomes if one.decision_id != "known"]
        if unknown:
            raise UnknownDecisionsError(unknown)
        return Recorded(len(outcomes), 0)


def score(customer_id: int) -> Score:
    return Score(
        customer_id=customer_id,
        snapshot_date=date(2025, 1, 1),
        age_days=3,
        churn=0.1 + 0.2,
        propensities={"card": None},
        tier=Tier.DORMANT,
    )


class Client:
    """Asks an app without a network."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, path: str) -> httpx.Response:
        return anyio.run(self._ask, "GET", path, {})

    def post(self, path: str, **given: Any) -> httpx.Response:
        return anyio.run(self._ask, "POST", path, given)

    async def _ask(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=transport, base_url="http://nextbest") as client,
        ):
            return await client.request(method, path, **given)


@pytest.fixture
def client() -> Client:
    return Client(build_api("int64", POLICY, FakeDesk))


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == MEDIA_TYPE
    assert "Traceback" not in response.text
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail"} <= set(body)
    return dict(body)


def test_scores_come_in_the_order_asked_to_the_last_bit(client: Client) -> None:
    answer = client.post("/score", json={"customer_ids": [3, 1, 3]})
    assert answer.status_code == 200
    body = answer.json()
    assert body["versions"] == {"churn": "churn/3"}
    assert [row["customer_id"] for row in body["scores"]] == [3, 1, 3]
    assert body["scores"][0]["churn"] == 0.1 + 0.2
    assert body["scores"][0]["propensities"] == {"card": None}


def test_a_decision_hears_the_channel_and_what_is_known_of_the_moment(client: Client) -> None:
    request = {"customer_id": 3, "channel": "app", "context": {"amount": 2}}
    body = client.post("/decide", json=request).json()
    assert (body["customer_id"], body["currency"]) == (3, "app {'amount': 2.0}")
    # What is null is not known, as what is absent.
    for unsaid in ({}, {"channel": None, "context": None}, {"context": {}}, {"context": {"amount": None}}):
        body = client.post("/decide", json={"customer_id": 3, **unsaid}).json()
        assert body["currency"] == "None {}"


def test_deciding_about_an_unknown_customer_names_them(client: Client) -> None:
    assert problem(client.post("/decide", json={"customer_id": 77}), 404)["customer_ids"] == [77]


def told(decision_id: str, **other: Any) -> dict[str, Any]:
    one = {"decision_id": decision_id, "outcome": "accepted", "at": "2024-02-01T10:00:00Z", **other}
    return {"outcomes": [one]}


def test_outcomes_are_recorded_and_unknown_decisions_named(client: Client) -> None:
    assert client.post("/outcome", json=told("known")).json() == {"recorded": 1, "repeated": 0}
    assert problem(client.post("/outcome", json=told("x")), 404)["decision_ids"] == ["x"]


@pytest.mark.parametrize("other", [{"outcome": "bought"}, {"at": "2024-02-01T10:00:00"}, {"who": 1}])
def test_a_faulty_outcome_is_refused(client: Client, other: dict[str, Any]) -> None:
    (name,) = other
    faults = problem(client.post("/outcome", json=told("known", **other)), 422)["errors"]
    assert list(faults) == [f"outcomes.0.{name}"]


def test_unknown_customers_are_named(client: Client) -> None:
    body = problem(client.post("/score", json={"customer_ids": [1, 77, 88]}), 404)
    assert body["customer_ids"] == [77, 88]
    assert "77, 88" in body["detail"]


def test_a_thousand_unknown_customers_are_not_all_spelt_out(client: Client) -> None:
    body = problem(client.post("/score", json={"customer_ids": list(range(1000, 2000))}), 404)
    assert len(body["customer_ids"]) == 1000
    assert body["detail"].endswith("and 980 more")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/score", '{"customer_ids": [1], "limit": 2}', "limit"),
        ("/score", '{"customer_ids": [1, "secret"]}', "customer_ids.1"),
        ("/score", '{"customer_ids": 1}', "customer_ids"),
        ("/score", "{}", "customer_ids"),
        ("/score", "[]", "body"),
        ("/score", "", "body"),
        ("/score", '{"customer_ids": [1', "body"),
        ("/decide", '{"customer_id": "secret"}', "customer_id"),
        ("/decide", '{"customer_id": 1, "channel": "secret"}', "channel"),
        ("/decide", '{"customer_id": 1, "context": {"amount": NaN}}', "context.amount"),
    ],
)
def test_a_faulty_request_names_its_field_and_is_not_repeated(
    client: Client, path: str, body: str, field: str
) -> None:
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert list(problem(answer, 422)["errors"]) == [field]
    assert "secret" not in answer.text


def test_a_thousand_and_one_ids_are_refused(client: Client) -> None:
    body = problem(client.post("/score", json={"customer_ids": [1] * 1001}), 422)
    assert list(body["errors"]) == ["customer_ids"]


def test_many_faults_are_told_briefly(client: Client) -> None:
    answer = client.post("/score", json={"customer_ids": ["x"] * 1000})
    assert len(problem(answer, 422)["errors"]) == 20


def test_json_without_its_content_type_says_what_is_missing(client: Client) -> None:
    answer = client.post("/score", content='{"customer_ids": [1]}', headers={"content-type": "text/plain"})
    assert "Content-Type: application/json" in problem(answer, 422)["detail"]


@pytest.mark.parametrize("body", [b'{"customer_ids": ["\xff"]}', b"[" * 100_000, b"1" * 5_000])
def test_bytes_that_are_no_json_are_refused(client: Client, body: bytes) -> None:
    problem(client.post("/score", content=body, headers={"content-type": "application/json"}), 400)


def test_a_body_too_large_is_refused(client: Client) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)
    problem(client.post("/score", content=body, headers={"content-type": "application/json"}), 413)


def test_a_wrong_method_is_told_the_right_one(client: Client) -> None:
    answer = client.get("/score")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_an_unforeseen_failure_shows_only_a_reference(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.post("/score", json={"customer_ids": [BROKEN]})
    reference = problem(answer, 500)["detail"].split()[-1]
    assert reference in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Jane Roe" not in answer.text + caplog.text


def test_the_documentation_shows_both_questions_with_examples(client: Client) -> None:
    document = client.get("/openapi.json").json()
    for path in ("/score", "/decide"):
        asked = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        example = asked["examples"]["example"]["value"]
        answers = document["paths"][path]["post"]["responses"]
        assert {"200", "404", "422"} <= set(answers)
        assert answers["200"]["content"]["application/json"]["example"]
        assert client.post(path, json=example).status_code == 200
    assert "$defs" not in json.dumps(document)
