"""The web pages of MLflow and Feast: what is started, where it listens, and that it ends."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from features.errors import BadInputError
from features.spec import BankSpec, SnapshotSpec, TableSpec
from features.vocabulary import Table
from serving.pages import page_commands, running_together


def _spec(folder: Path) -> BankSpec:
    return BankSpec(
        folder=folder,
        name="Test",
        tables={Table.CUSTOMERS: TableSpec(path="customers.csv")},
        snapshots=SnapshotSpec(dates=(date(2024, 1, 1),)),
    )


def test_a_bank_without_models_is_told_to_train_first(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nextbest train"):
        page_commands(_spec(tmp_path), 5000)


def test_both_pages_listen_on_loopback_and_neighbouring_ports(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    (spec.state / "feast").mkdir(parents=True)
    (spec.state / "feast" / "feature_store.yaml").touch()
    (spec.state / "mlflow.db").touch()
    commands = page_commands(spec, 5000)
    for command, port in zip(commands.values(), ("5000", "5001"), strict=True):
        assert command[command.index("--host") + 1] == "127.0.0.1"
        assert command[command.index("--port") + 1] == port


def test_what_a_page_started_ends_with_it(tmp_path: Path) -> None:
    child = "import time; time.sleep(60)"
    parent = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', {child!r}])
open({str(tmp_path / "pid")!r} + '.part', 'w').write(str(child.pid))
import os; os.rename({str(tmp_path / "pid")!r} + '.part', {str(tmp_path / "pid")!r})
time.sleep(60)
"""
    with running_together([[sys.executable, "-c", parent]], dict(os.environ)):
        _wait_until((tmp_path / "pid").exists)
        pid = (tmp_path / "pid").read_text()
        assert _state_of(pid) not in ("", "Z")
    _wait_until(lambda: _state_of(pid) in ("", "Z"))


def _state_of(pid: str) -> str:
    """The state of a process as ps prints it; Z for one that has ended, empty for one that is gone."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", pid], check=False, capture_output=True, text=True)
    return found.stdout.strip()[:1]


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
