"""Problem details name what the caller can mend, and nothing the caller should not see."""

import json
import logging
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from features.errors import BadInputError
from serving.problems import (
    MEDIA_TYPE,
    UnknownCustomersError,
    http_error,
    invalid_request,
    unavailable,
    unexpected,
    unknown_customers,
)

REQUEST = Request({"type": "http", "headers": [(b"content-type", b"application/json")]})


def told(response: Any, status: int) -> dict[str, Any]:
    assert (response.status_code, response.media_type) == (status, MEDIA_TYPE)
    body = dict(json.loads(response.body))
    assert body["status"] == status
    return body


@pytest.mark.parametrize(
    ("location", "field"),
    [
        (("body", "customer_ids", 3), "customer_ids.3"),
        (("body", "context", "amount"), "context.amount"),
        (("body", 17), "body"),
        (("body",), "body"),
    ],
)
def test_a_field_is_named_by_its_path(location: tuple[str | int, ...], field: str) -> None:
    fault = {"loc": location, "msg": "is wrong", "input": "Jane Roe", "type": "x"}
    body = told(invalid_request(REQUEST, RequestValidationError([fault])), 422)
    assert body["errors"] == {field: "is wrong"}
    assert body["detail"] == f"{field}: is wrong"


def test_unknown_customers_are_listed_whole_and_told_briefly() -> None:
    body = told(unknown_customers(REQUEST, UnknownCustomersError(["a", "b"])), 404)
    assert (body["customer_ids"], body["detail"]) == (["a", "b"], "no features for: a, b")
    body = told(unknown_customers(REQUEST, UnknownCustomersError(list(range(21)))), 404)
    assert len(body["customer_ids"]) == 21
    assert body["detail"].endswith("19 and 1 more")


def test_the_frameworks_refusals_keep_their_headers() -> None:
    response = http_error(REQUEST, HTTPException(405, headers={"Allow": "POST"}))
    assert told(response, 405)["title"] == "Method Not Allowed"
    assert response.headers["allow"] == "POST"


def test_a_changed_bank_is_the_operators_to_mend(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        body = told(unavailable(REQUEST, BadInputError("/srv/bank holds other features")), 503)
    assert "start it again" in body["detail"]
    assert "/srv/bank" in caplog.text
    assert "/srv/bank" not in body["detail"]


def test_the_unforeseen_gives_its_reference() -> None:
    assert told(unexpected("abc-1"), 500)["detail"].endswith("abc-1")
