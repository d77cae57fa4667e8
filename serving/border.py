"""The service's outermost layer: bodies of bounded size, and no failure that shows more than a reference."""

import traceback
import uuid

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import LOGGER, unexpected

FRAMES_LOGGED = 6


class Border:
    """ASGI middleware: refuses a body of more than `max_body_bytes` (413), turns the unforeseen into a 500.

    The log gets the failure's kind and place, never its message: that may quote a customer's data.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, _limited(receive, self._max_body_bytes), send)
        except Exception as error:  # the last resort: whatever it is, the caller gets a problem and no trace
            reference = str(uuid.uuid4())
            LOGGER.error("%s: %s at %s", reference, type(error).__name__, _place(error))
            await unexpected(reference)(scope, receive, send)


def _limited(receive: Receive, most: int) -> Receive:
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise HTTPException(413, f"a request may have {most} bytes")
        return message

    return limited


def _place(error: Exception) -> str:
    """Where it was raised, as the last few files and lines, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_LOGGED:]
    return " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
