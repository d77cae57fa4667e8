"""Forgetting a customer reaches features and the ledger, and refuses an id that is none."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.build import build_features
from features.errors import BadInputError
from features.layout import partition
from features.progress import silent
from features.spec import read_spec
from serving.forget import Forgotten, forget_customer


def test_it_reaches_every_partition_and_once_more_finds_nothing(write_bank: Any) -> None:
    spec = read_spec(write_bank({"customers": [{"customer_id": one} for one in ("a", "b")]}))
    with pytest.raises(BadInputError, match="no features are built"):
        forget_customer(spec, "a", silent)
    layout = build_features(spec, silent, today=date(2024, 2, 1))
    assert forget_customer(spec, "a", silent) == Forgotten(len(layout.views), 0)
    assert forget_customer(spec, "a", silent) == Forgotten(0, 0)
    left = pq.read_table(partition(spec.state, layout.views[0].name, layout.snapshots[0]))
    assert left["customer_id"].to_pylist() == ["b"]


def test_an_id_of_another_type_is_refused(write_bank: Any) -> None:
    spec = read_spec(write_bank({"customers": [{"customer_id": 1}]}))
    build_features(spec, silent, today=date(2024, 2, 1))
    with pytest.raises(BadInputError, match="whole numbers"):
        forget_customer(spec, "Jane", silent)


def test_killed_in_between_a_second_start_finishes(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_while_forgetting.py")
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
    environment = {**os.environ, **alone, "PYTHONPATH": os.pathsep.join(sys.path)}
    # Every seventh of some fifty steps; the script alone goes through them all.
    line = [sys.executable, str(script), str(tmp_path), "7"]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["killed"] >= 5
