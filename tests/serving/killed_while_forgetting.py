"""Kill forgetting by SIGKILL before its renames, removals and flushes; look at what is left of features.

Run as a script: FOLDER, and optionally how many steps to go between kills (1: all). Each attempt is a process
forked from this one; writes one line of JSON.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import feast  # noqa: F401 - each attempt would else import it anew
import pyarrow.parquet as pq

from features.build import build_features
from features.layout import DECISION, features_folder, load_layout
from features.progress import silent
from features.spec import read_spec
from features.store import open_store
from serving.forget import forget_customer
from serving.ledger.opening import open_ledger
from serving.ledger.verify import verify

BANK = """
name = "Small bank"
tables = { customers = { path = "customers.csv" } }
snapshots = { dates = [2024-01-01] }
"""


def prepare(folder: Path) -> None:
    """Three customers, built and online."""
    folder.mkdir()
    (folder / "bank.toml").write_text(BANK)
    (folder / "customers.csv").write_text("customer_id\n1\n2\n3\n")
    spec = read_spec(folder)
    layout = build_features(spec, silent, today=date(2024, 2, 1))
    open_store(spec, layout).materialise(layout.snapshots[0], silent)
    open_ledger(spec)


def kill_before(step: int) -> None:
    """Count what changes a file; die before the step-th."""
    left = step

    def counting(genuine: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return genuine(*given, **named)

        return counted

    for name in ("replace", "rename", "unlink", "fsync"):
        setattr(os, name, counting(getattr(os, name)))
    pq.write_table = counting(pq.write_table)


def forked(work: Callable[[], None]) -> int:
    """Run in a process of its own; its exit code, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def attempt(folder: Path, step: int) -> None:
    spec = read_spec(folder)
    kill_before(step)
    forget_customer(spec, "2", silent)


def inspect(folder: Path) -> None:
    """Every file is whole; a second start finishes, and the others are as they were."""
    spec = read_spec(folder)
    paths = sorted(features_folder(spec.state).glob("*/*.parquet"))
    for path in paths:
        assert pq.read_table(path)["customer_id"].to_pylist() in ([1, 2, 3], [1, 3]), path
    forget_customer(spec, "2", silent)
    for path in paths:
        assert pq.read_table(path)["customer_id"].to_pylist() == [1, 3], path
    left = [one.name for one in features_folder(spec.state).rglob("*") if one.is_file()]
    assert not [name for name in left if name.endswith(".partial")], left
    layout = load_layout(spec)
    online = open_store(spec, layout).online(layout.service_name(DECISION), [1, 2, 3])["event_timestamp"]
    assert [one is None for one in online.to_pylist()] == [False, True, False]
    assert list(verify(open_ledger(spec))) == []


def main(home: Path, stride: int) -> None:
    base, step, killed = home / "base", 1, 0
    assert forked(lambda: prepare(base)) == 0
    while True:
        copy = home / f"step{step}"
        shutil.copytree(base, copy)
        code = forked(lambda copy=copy, step=step: attempt(copy, step))
        if code == 0:
            break
        assert code == -signal.SIGKILL, code
        assert forked(lambda copy=copy: inspect(copy)) == 0, step
        killed, step = killed + 1, step + stride
    sys.stdout.write(json.dumps({"killed": killed, "steps": step - 1}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
