"""Appending keeps one chain, whoever writes at once, and survives SIGKILL before every step."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from serving.ledger.append import append, head_of
from serving.ledger.chain import GENESIS, Head
from serving.ledger.schema import Kind
from serving.ledger.verify import summarise, verify

HOUSE = Path(__file__).parents[3]


def test_killed_at_any_step_nothing_is_half_written_or_there_twice(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_at_every_step.py")
    line = [sys.executable, str(script), str(tmp_path)]
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
    environment = {**os.environ, **alone, "PYTHONPATH": os.pathsep.join([str(HOUSE), *sys.path])}
    done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"append", "campaign", "outcomes", "forget"}
    for one in told.values():
        assert one["killed"] >= 4
        assert one["before"] != one["after"]


def test_an_empty_append_leaves_the_head(world: Any) -> None:
    with world.ledger.writing() as connection:
        before = head_of(connection)
        assert append(connection, [], world.ledger.now()) == before != Head(0, GENESIS)


def test_a_transaction_that_fails_appends_nothing(world: Any) -> None:
    before = summarise(world.ledger)
    with pytest.raises(RuntimeError, match="later"), world.ledger.writing() as connection:
        append(connection, [(Kind.ERASURE, {"public": "{}"})], world.ledger.now())
        raise RuntimeError("something later")
    assert summarise(world.ledger) == before


def test_writers_at_once_keep_one_chain(world: Any, tmp_path: Path, make_world: Any) -> None:
    recorders = [make_world(tmp_path) for _ in range(4)]  # each its own engine, as workers have
    world.recorder()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: [one.record(customer) for customer in range(1, 9)], recorders))
    assert summarise(world.ledger).counts == {"decision": 32, "opening": 1, "policy": 1}
    assert list(verify(world.ledger)) == []
