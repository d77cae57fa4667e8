"""How long does one request take, and how much of it is BentoML's own?"""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from experiments.bench.board import Line
from features.progress import silent
from features.spec import BankSpec
from serving.run import SERVICE, command, environment, prepare

NOOP = "experiments.bench.noop:Noop"
HOST = "127.0.0.1"
REQUESTS, WARM_UP = 200, 20
START_SECONDS, STOP_SECONDS = 180, 20

Bodies = Sequence[dict[str, Any]]


def measure(spec: BankSpec, scratch: Path) -> list[Line]:
    """Sequential requests over one connection, p50 and p99, of ours and of an endpoint that does nothing."""
    prepare(spec, HOST, 0, silent)
    customers = range(1, REQUESTS + WARM_UP + 1)
    asked: dict[str, tuple[str, Bodies]] = {
        "/score, 1 customer": ("/score", [{"customer_ids": [one]} for one in customers]),
        "/score, 100 customers": (
            "/score",
            [{"customer_ids": [*range(one, one + 100)]} for one in customers],
        ),
        "/decide": ("/decide", [{"customer_id": one} for one in customers]),
    }
    with _served(spec, NOOP, scratch / "noop.log") as port:
        nothing = _latencies(port, "/noop", [{}] * len(customers))
    with _served(spec, SERVICE, scratch / "service.log") as port:
        measured = {what: _latencies(port, *question) for what, question in asked.items()}
    return [
        Line(
            f"{what}, p{share}",
            float(np.percentile(milliseconds, share)),
            float(np.percentile(nothing, share)),
            "ms",
            "a no-op BentoML endpoint",
            f"{REQUESTS} requests",
        )
        for what, milliseconds in measured.items()
        for share in (50, 99)
    ]


@contextmanager
def _served(spec: BankSpec, service: str, log: Path) -> Iterator[int]:
    """The port of a server that is ready, and is stopped with all its processes afterwards.

    Raises RuntimeError, with the log's place, if it does not start.
    """
    port = _free_port()
    line = [service if part == SERVICE else part for part in command(HOST, port)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            line, env=environment(spec, port, 1), stdout=output, stderr=output, start_new_session=True
        )
        try:
            _await_ready(process, port, log)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(STOP_SECONDS)


def _await_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if _status(port) == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the server did not start; see {log}")


def _status(port: int) -> int:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    finally:
        connection.close()


def _latencies(port: int, path: str, bodies: Bodies) -> list[float]:
    """Milliseconds of each request but the first few, which warm up.

    Raises RuntimeError for any answer but 200.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    taken = []
    for body in bodies:
        content = json.dumps(body).encode()
        start = time.perf_counter()
        connection.request("POST", path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        taken.append(1000 * (time.perf_counter() - start))
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}: {answer.status} {text[:200]!r}")
    connection.close()
    return taken[WARM_UP:]


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as bound:
        return int(bound.getsockname()[1])
