"""A bank too small to test its models says so, in place of a campaign without a champion."""

from datetime import date
from pathlib import Path

import pytest

from experiments.demo import run_demo
from features.errors import GateError
from features.progress import silent

pytestmark = pytest.mark.long


def test_a_bank_too_small_for_its_gates_says_which_model_and_why(tmp_path: Path) -> None:
    given = {"customers": 200, "months": 12, "seed": 0, "today": date(2026, 1, 1)}
    with pytest.raises(GateError, match=r"200 customers are too few for this demo: churn: .*tested"):
        run_demo(tmp_path / "bank", **given, progress=silent)
