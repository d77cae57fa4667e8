"""What the service says when it cannot answer: problem details (RFC 9457), never a stack trace."""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.errors import BadInputError
from serving.ledger.outcomes import UnknownDecisionsError

LOGGER = logging.getLogger("nextbest.service")
MEDIA_TYPE: Final = "application/problem+json"
MAX_ERRORS: Final = 20
"""Faulty fields named in one answer: a thousand wrong ids need not be told a thousand times."""


class Problem(BaseModel):
    """A problem's details.

    `errors`: what is wrong with each faulty field, by its path ("customer_ids.3"). `customer_ids`: those not
    known. `decision_ids`: those not in the ledger.
    """

    type: str = Field(description="A name that does not change, for programs")
    title: str
    status: int
    detail: str
    errors: dict[str, str] | None = None
    customer_ids: list[int | str] | None = None
    decision_ids: list[str] | None = None


class UnknownCustomersError(Exception):
    """Customers whose features are not in the online store."""

    def __init__(self, customer_ids: Sequence[int | str]) -> None:
        super().__init__(f"{len(customer_ids)} unknown customers")
        self.customer_ids = list(customer_ids)


def respond(problem: Problem, headers: Any = None) -> Response:
    """The HTTP response that carries a problem."""
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, problem.status, headers=headers, media_type=MEDIA_TYPE)


def unknown_customers(_: Request, error: UnknownCustomersError) -> Response:
    """404, naming the customers."""
    named = ", ".join(str(one) for one in error.customer_ids[:MAX_ERRORS])
    more = len(error.customer_ids) - MAX_ERRORS
    detail = f"no features for: {named}" + (f" and {more} more" if more > 0 else "")
    return respond(
        Problem(
            type="urn:nextbest:problem:unknown-customer",
            title="Unknown customer",
            status=HTTPStatus.NOT_FOUND,
            detail=detail,
            customer_ids=error.customer_ids,
        )
    )


def unknown_decisions(_: Request, error: UnknownDecisionsError) -> Response:
    """404, naming the decisions; none of the outcomes was recorded."""
    named = ", ".join(error.decision_ids[:MAX_ERRORS])
    more = len(error.decision_ids) - MAX_ERRORS
    return respond(
        Problem(
            type="urn:nextbest:problem:unknown-decision",
            title="Unknown decision",
            status=HTTPStatus.NOT_FOUND,
            detail=f"not in the ledger: {named}" + (f" and {more} more" if more > 0 else ""),
            decision_ids=error.decision_ids,
        )
    )


def invalid_request(request: Request, error: RequestValidationError) -> Response:
    """422, naming the fields; what the caller sent is not repeated, it may be personal."""
    faults = {_path(fault["loc"]): fault["msg"] for fault in error.errors()[:MAX_ERRORS]}
    detail = "; ".join(f"{field}: {message}" for field, message in faults.items())
    if not request.headers.get("content-type", "").startswith("application/json"):
        detail += "; the body is read as JSON only with Content-Type: application/json"
    return respond(
        Problem(
            type="urn:nextbest:problem:invalid-request",
            title="Invalid request",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            detail=detail,
            errors=faults,
        )
    )


def http_error(_: Request, error: HTTPException) -> Response:
    """The framework's own refusals: wrong method, body too large."""
    title = HTTPStatus(error.status_code).phrase
    problem = Problem(type="about:blank", title=title, status=error.status_code, detail=error.detail)
    return respond(problem, error.headers)


def unavailable(_: Request, error: BadInputError) -> Response:
    """503: what the service opened at its start does not fit what lies there now."""
    LOGGER.error("the bank has changed: %s", error)
    return respond(
        Problem(
            type="urn:nextbest:problem:bank-changed",
            title="The bank has changed",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            detail="features, models or policy have changed since the service started: start it again",
        )
    )


def unexpected(reference: str) -> Response:
    """500, with a reference under which the log says more."""
    return respond(
        Problem(
            type="urn:nextbest:problem:unexpected",
            title=HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            detail=f"something failed here; the service's log has it under {reference}",
        )
    )


def _path(location: Iterable[int | str]) -> str:
    """("body", "customer_ids", 3) is customer_ids.3; the place of a syntax error is the body's."""
    source, *rest = location
    named = [str(part) for part in rest]
    return ".".join(named) if named and not isinstance(rest[0], int) else str(source)
