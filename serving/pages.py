"""MLflow's and Feast's own web pages, opened on one bank."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from features.errors import BadInputError
from features.spec import BankSpec

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 10


def page_commands(spec: BankSpec, port: int) -> dict[str, list[str]]:
    """The commands that serve MLflow on `port` and Feast on the next one, on loopback only.

    Raises BadInputError when the bank has neither models nor features yet.
    """
    database, repository = spec.state / "mlflow.db", spec.state / "feast"
    missing = [str(path) for path in (database, repository / "feature_store.yaml") if not path.exists()]
    if missing:
        raise BadInputError(f"{', '.join(missing)}: not there yet; run `nextbest train {spec.folder}` first")
    scripts = Path(sys.executable).parent
    store = f"sqlite:///{database}"
    mlflow = [str(scripts / "mlflow"), "ui", "--backend-store-uri", store, "--host", LOOPBACK]
    feast = [str(scripts / "feast"), "-c", str(repository), "ui", "--host", LOOPBACK]
    return {"MLflow": [*mlflow, "--port", str(port)], "Feast": [*feast, "--port", str(port + 1)]}


def serve_pages(spec: BankSpec, port: int, say: Callable[[str], None]) -> None:
    """Serve both pages until interrupted or terminated; both stop when either does."""
    commands = page_commands(spec, port)
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "FEAST_USAGE": "False"}
    for offset, name in enumerate(commands):
        say(f"{name}: http://{LOOPBACK}:{port + offset}")
    with running_together(list(commands.values()), environment) as pages:
        try:
            while all(page.poll() is None for page in pages):
                _wait_a_second(pages[0])
        except KeyboardInterrupt:
            say("stopping")


@contextmanager
def running_together(
    commands: list[list[str]], environment: dict[str, str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run commands, each with whatever it starts in a process group of its own, which ends with the block."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = [
        subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - our own commands
        for command in commands
    ]
    try:
        yield running
    finally:
        for process in running:
            with suppress(ProcessLookupError):  # it and all it started have ended by themselves
                os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            process.wait(STOP_SECONDS)
        signal.signal(signal.SIGTERM, before)


def _wait_a_second(process: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)
