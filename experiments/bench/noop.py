"""A BentoML service that does nothing, mounted as ours is: the floor under any latency."""

import bentoml
from fastapi import FastAPI

API = FastAPI()


@API.post("/noop")
async def noop() -> dict[str, bool]:
    """Answer at once."""
    return {"ok": True}


@bentoml.service(name="noop", workers=1)
@bentoml.asgi_app(API)
class Noop:
    """One endpoint."""
