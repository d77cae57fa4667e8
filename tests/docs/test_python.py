"""The page on notebooks does what it says."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training import Workbench

pytestmark = pytest.mark.long

PAGE = (Path(__file__).parents[2] / "docs/python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
CUSTOMERS = 300


def frames() -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(0)
    ids, signal = np.arange(CUSTOMERS), random.normal(size=CUSTOMERS)
    days = [date(2024, month, 1) for month in range(1, 7)]
    left = [random.uniform(size=CUSTOMERS) < 1 / (1 + np.exp(1 - 2 * signal)) for _ in days]
    keys = pd.MultiIndex.from_product([days, ids], names=["snapshot_date", "customer_id"])
    labels = keys.to_frame(index=False).assign(churned=np.concatenate(left))
    return {"customers": pd.DataFrame({"customer_id": ids, "signal": signal}), "labels": labels}


def test_its_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert BLOCKS
    known = frames()
    for block in BLOCKS:
        exec(block, known)
    assert known["result"].version == 1
    assert len(known["bank"].models()) == 1


def test_every_method_is_in_its_table() -> None:
    methods = {
        name for name in vars(Workbench) if not name.startswith("_") and callable(getattr(Workbench, name))
    }
    named = set(re.findall(r"`(\w+)\([^`]*\)`", PAGE.partition("| method |")[2]))
    assert methods - {"open", "of", "progress"} <= named
