"""What is undefined is null, at any depth: a strict reader takes every text."""

import json
from datetime import date
from typing import Any

import numpy as np

from features.json_text import json_text


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")


def test_undefined_and_unbounded_figures_are_null_however_deep() -> None:
    told = {"a": np.nan, "lines": ({"low": -np.inf, "value": 0.5}, [np.float64("inf"), 1, True, None])}
    found = json.loads(json_text(told), parse_constant=refuse)
    assert found == {"a": None, "lines": [{"low": None, "value": 0.5}, [None, 1, True, None]]}


def test_names_stay_readable_and_days_are_iso() -> None:
    assert json_text({"客户": date(2024, 2, 29), "n": np.int64(3)}) == '{"客户": "2024-02-29", "n": 3}'
    assert json_text([1], indent=2) == "[\n  1\n]"
