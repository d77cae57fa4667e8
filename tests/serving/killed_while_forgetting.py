"""Kill forgetting by SIGKILL before its renames, removals and flushes; look at what is left of features.

Run as a script: FOLDER, and optionally how many steps to go between kills (1: all). Each attempt is a process
forked from this one; writes one line of JSON.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from features.build import build_features
from features.layout import DECISION, features_folder, load_layout
from features.progress import silent
from features.spec import read_spec
from features.store import open_store
from serving.forget import forget_customer
from serving.ledger.opening import open_ledger
from serving.ledger.verify import verify
from tests.serving.killing import dying_before, forked, killed

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
    count = dying_before(step)

    def counting(genuine: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            count()
            return genuine(*given, **named)

        return counted

    for name in ("replace", "rename", "unlink", "fsync"):
        setattr(os, name, counting(getattr(os, name)))
    pq.write_table = counting(pq.write_table)


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
    base = home / "base"
    assert forked(lambda: prepare(base)) == 0
    times = killed(base, home, attempt, inspect, stride)
    sys.stdout.write(json.dumps({"killed": times, "steps": times * stride}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
