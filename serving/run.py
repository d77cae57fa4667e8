"""Starting the service on a bank: everything is checked and put online first, then the server takes over."""

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

import serving
from features.errors import BadInputError
from features.progress import Progress
from features.spec import BankSpec
from serving.online import open_desk, put_online
from serving.scores import question_notes

SERVICE = "serving.service:Nextbest"


def prepare(spec: BankSpec, host: str, port: int, progress: Progress) -> tuple[str, ...]:
    """Check all that could keep the server from starting, and put the newest snapshot online.

    Returns what is to be known of the models that will answer.

    Raises BadInputError for an address that is none or taken, features not built, no champion, or a policy
    or model that does not fit the bank's features.
    """
    check_address(host, port)
    put_online(spec, progress)
    return question_notes(spec, open_desk(spec).models)


def become_server(spec: BankSpec, host: str, port: int, workers: int) -> NoReturn:
    """Replace this process by BentoML's server, so that signals reach it and nothing outlives it."""
    port = port or _free_port(host)
    line = command(host, port)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(line[0], line, environment(spec, port, workers))  # noqa: S606 - our own interpreter and arguments


def command(host: str, port: int) -> list[str]:
    """The server's command line."""
    # The folder our packages lie in: the source tree or site-packages.
    house = str(Path(serving.__file__).parent.parent)
    address = ["--host", host, "--port", str(port)]
    return [sys.executable, "-m", "bentoml", "serve", SERVICE, "--working-dir", house, *address]


def environment(spec: BankSpec, port: int, workers: int) -> dict[str, str]:
    """The server's environment: which bank, how many workers, and no reports to the platforms' makers."""
    defaults = {
        # BentoML empties its metrics' folder as it starts: a second server must not empty the first one's.
        "BENTOML_HOME": str(spec.state / "bentoml" / str(port)),
        # What one platform holds against another is not for those who watch the service's log.
        "PYTHONWARNINGS": "ignore",
    }
    ours = {
        "NEXTBEST_BANK": str(spec.folder),
        "NEXTBEST_WORKERS": str(workers),
        "BENTOML_DO_NOT_TRACK": "True",
        "FEAST_USAGE": "False",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    # Feast sets these as it is imported, to a folder that goes with this process.
    feasts = {"PROMETHEUS_MULTIPROC_DIR", "PROMETHEUS_MULTIPROCESS_DIR"}
    inherited = {name: value for name, value in os.environ.items() if name not in feasts}
    return {**defaults, **inherited, **ours}


def check_address(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on; port 0 means any.

    Raises BadInputError.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError as error:
        raise BadInputError(f"--host {host}: expected an IP address, such as 127.0.0.1") from error
    try:
        _bind(host, port).close()
    except OSError as error:
        raise BadInputError(f"{host}:{port}: cannot listen there: {error.strerror}") from error


def _free_port(host: str) -> int:
    with _bind(host, 0) as bound:
        return int(bound.getsockname()[1])


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    # As servers do, so that a port just left is not taken for one in use.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
