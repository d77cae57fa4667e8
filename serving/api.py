"""The service over HTTP: POST /score, POST /decide and POST /outcome, documented by their own models."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, Protocol

from fastapi import Body, FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.errors import BadInputError
from serving.answers import DECIDE_EXAMPLE, SCORE_EXAMPLE, DecideResponse, OutcomeResponse, ScoreResponse
from serving.border import Border
from serving.decision.policy import Policy
from serving.ledger.outcomes import Outcome, OutcomeKind, Recorded, UnknownDecisionsError
from serving.problems import (
    MEDIA_TYPE,
    Problem,
    UnknownCustomersError,
    http_error,
    invalid_request,
    unavailable,
    unknown_customers,
    unknown_decisions,
)
from serving.requests import (
    OUTCOME_EXAMPLE,
    CustomerId,
    DecideRequest,
    IdType,
    OutcomeRequest,
    ScoreRequest,
    decide_example,
    decide_request,
    score_example,
    score_request,
)

MAX_BODY_BYTES: Final = 512 * 1024
"""A thousand ids of the longest kind fit."""


class Desk(Protocol):
    """Who answers; raises UnknownCustomersError for customers without features."""

    def score(self, customer_ids: list[CustomerId]) -> ScoreResponse:
        """Scores of each customer, in the order asked."""

    def decide(
        self, customer_id: CustomerId, channel: str | None, context: dict[str, float | str]
    ) -> DecideResponse:
        """One customer's actions, the best first."""

    def outcomes(self, outcomes: list[Outcome]) -> Recorded:
        """Record what became of decisions; raises UnknownDecisionsError for those not in the ledger."""


def build_api(id_type: IdType, policy: Policy, open_desk: Callable[[], Desk]) -> FastAPI:
    """The API of a bank with such customer ids and such a policy.

    `open_desk` is called once, at startup: the API answers nothing before it has returned.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.desk = open_desk()
        yield

    # FastAPI's own pages fetch scripts from elsewhere; serving.api_page is the one at /.
    app = FastAPI(title="Nextbest", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(Border, max_body_bytes=MAX_BODY_BYTES)
    handlers: dict[Any, Any] = {
        UnknownCustomersError: unknown_customers,
        UnknownDecisionsError: unknown_decisions,
        RequestValidationError: invalid_request,
        BadInputError: unavailable,
        HTTPException: http_error,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)
    _add_score(app, score_request(id_type), score_example(id_type))
    _add_decide(app, decide_request(id_type, policy), decide_example(id_type, policy))
    _add_outcome(app)
    return app


def _add_score(app: FastAPI, asked: type[ScoreRequest], example: dict[str, Any]) -> None:
    def score(body: ScoreRequest) -> Response:
        """Churn, propensities and tier of up to 1,000 customers, from the newest snapshot."""
        return _json(app.state.desk.score(body.customer_ids))

    _narrow(score, asked, example)
    app.post("/score", summary="Score customers", responses=_documented(ScoreResponse, SCORE_EXAMPLE))(score)


def _add_decide(app: FastAPI, asked: type[DecideRequest], example: dict[str, Any]) -> None:
    def decide(body: DecideRequest) -> Response:
        """One customer's actions, ranked by expected value, with reasons and a sentence to say."""
        said = {name: value for name, value in (body.context or {}).items() if value is not None}
        return _json(app.state.desk.decide(body.customer_id, body.channel, said))

    _narrow(decide, asked, example)
    app.post("/decide", summary="Choose an action", responses=_documented(DecideResponse, DECIDE_EXAMPLE))(
        decide
    )


def _add_outcome(app: FastAPI) -> None:
    def outcome(body: OutcomeRequest) -> Response:
        """What became of decisions: each outcome once a decision, all of them or none."""
        told = [Outcome(one.decision_id, OutcomeKind(one.outcome), one.at) for one in body.outcomes]
        done = app.state.desk.outcomes(told)
        return _json(OutcomeResponse(recorded=done.recorded, repeated=done.repeated))

    _narrow(outcome, OutcomeRequest, OUTCOME_EXAMPLE)
    documented = _documented(OutcomeResponse, {"recorded": 1, "repeated": 0})
    documented[404] = {**documented[404], "description": "A decision is not in the ledger"}
    app.post("/outcome", summary="Record outcomes", responses=documented)(outcome)


def _narrow(endpoint: Callable[..., Response], asked: type[BaseModel], example: dict[str, Any]) -> None:
    """Let the endpoint's body be this bank's own model, which only exists at run time."""
    annotated: Any = Annotated
    body = annotated[asked, Body(openapi_examples={"example": {"value": example}})]
    endpoint.__annotations__["body"] = body


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json")


def _documented(answer: type[BaseModel], example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """What each status carries, for the documentation."""
    problem = {"content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    return {
        200: {"model": answer, "content": {"application/json": {"example": example}}},
        404: {"description": "A customer is not known", **problem},
        413: {"description": "The request is too large", **problem},
        422: {"description": "A field is missing, wrong or unknown", **problem},
        503: {"description": "The bank has changed since the service started", **problem},
    }
