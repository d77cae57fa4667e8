"""MLflow's and Feast's own web pages, opened on one bank."""

import os
import subprocess
import sys
from collections.abc import Callable
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
    """Serve both pages until interrupted; both stop when either does."""
    commands = page_commands(spec, port)
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "FEAST_USAGE": "False"}
    running = [subprocess.Popen(command, env=environment) for command in commands.values()]  # noqa: S603 - our own commands
    for offset, name in enumerate(commands):
        say(f"{name}: http://{LOOPBACK}:{port + offset}")
    try:
        while all(process.poll() is None for process in running):
            _wait_a_second(running[0])
    except KeyboardInterrupt:
        say("stopping")
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(STOP_SECONDS)


def _wait_a_second(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        return
