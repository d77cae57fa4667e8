"""The border bounds what comes in and hides what went wrong."""

import json
from collections.abc import Iterable
from typing import Any

import anyio
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from serving.border import Border

LIMIT = 10


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await Response(body)(scope, receive, send)


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise KeyError("Jane Roe")


def ask(app: Any, parts: Iterable[bytes], kind: str = "http") -> list[Message]:
    """What `app` behind the border sends on a body that comes in parts."""
    sent: list[Message] = []
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    coming = iter(messages)

    async def receive() -> Message:
        return next(coming)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "method": "POST", "path": "/", "headers": []}
    anyio.run(Border(app, LIMIT), scope, receive, send)
    return sent


@pytest.mark.parametrize("parts", [[], [b"x" * LIMIT], [b"x"] * LIMIT])
def test_a_body_within_the_limit_passes(parts: list[bytes]) -> None:
    start, body = ask(echo, parts)
    assert start["status"] == 200
    assert body["body"] == b"".join(parts)


@pytest.mark.parametrize("parts", [[b"x" * (LIMIT + 1)], [b"x"] * (LIMIT + 1)])
def test_a_body_too_large_is_read_no_further(parts: list[bytes]) -> None:
    refused: list[int] = []

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await Request(scope, receive).body()
        except HTTPException as error:
            refused.append(error.status_code)

    ask(reading, parts)
    assert refused == [413]


def test_a_failure_becomes_a_problem_and_a_line_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    start, body = ask(broken, [])
    assert start["status"] == 500
    problem = json.loads(body["body"])
    assert problem["detail"].split()[-1] in caplog.text
    assert "KeyError at " in caplog.text
    assert "test_border.py" in caplog.text
    assert "Jane" not in caplog.text + body["body"].decode()


def test_what_is_no_request_is_let_through() -> None:
    reached = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["type"])

    ask(lifespan, [], kind="lifespan")
    assert reached == ["lifespan"]
