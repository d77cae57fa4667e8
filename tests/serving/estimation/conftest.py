"""Logged decisions small enough to count by hand, and larger ones by column."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from serving.estimation.logged import LOGGED

DEFAULTS: dict[str, Any] = {
    "decided_on": date(2024, 3, 1),
    "group": "cross_sell",
    "action": "cross_sell:card",
    "channel": "app",
    "arm": "treatment",
    "probability": 1.0,
    "expected_value": 0.0,
    "value": 100.0,
    "cost": 1.0,
    "accepted": False,
    "declined": False,
    "ignored": False,
    "churned": False,
}

Log = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def log() -> Log:
    """A table of logged decisions from columns; a scalar is repeated, what is not given has its default."""

    def make(rows: int, **columns: Any) -> pa.Table:
        ids = [f"d{row:06}" for row in range(rows)]
        whole = {"decision_id": ids, "customer": [f"c{row:06}" for row in range(rows)], **DEFAULTS, **columns}
        types = {field.name: field.type for field in LOGGED}
        return pa.table(
            {
                name: pa.array(
                    values if isinstance(values, (list, np.ndarray)) else [values] * rows,
                    types.get(name, pa.float64()),
                )
                for name, values in whole.items()
            }
        )

    return make
