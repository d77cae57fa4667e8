"""JSON as every program reads it: its grammar knows no NaN."""

import json
import math
from collections.abc import Mapping
from numbers import Integral
from typing import Any


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON text; a number that is undefined or unbounded becomes null, NumPy's whole numbers are
    whole numbers, and whatever else JSON has no word for, like a date, is its own text.
    """
    return json.dumps(_defined(value), ensure_ascii=False, indent=indent, default=_told, allow_nan=False)


def _defined(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _defined(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _told(value: Any) -> int | str:
    return int(value) if isinstance(value, Integral) else str(value)
