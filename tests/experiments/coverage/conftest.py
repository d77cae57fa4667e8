"""A truth small enough to repeat an experiment often: no bank is simulated."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.coverage.bank import Known, known_bank

ROWS = 2_000


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank's truth: rare openings, effects of either sign, a product half of the customers already hold."""
    folder, rng = tmp_path_factory.mktemp("bank"), np.random.default_rng(5)
    ids = {"customer_id": np.arange(ROWS), "snapshot_date": pa.array([date(2025, 1, 1)] * ROWS)}
    held = rng.random(ROWS) < 0.5
    card, loan = rng.beta(2, 30, ROWS), rng.beta(1, 20, ROWS)
    tables = {
        "churn": {"churn": rng.beta(1, 20, ROWS)},
        "openings": {"card": pa.array(card, mask=held), "loan": loan},
        "effects": {
            "retain": -rng.beta(1, 30, ROWS) * 0.3,
            "cross_sell:card": pa.array(card * rng.normal(0.5, 0.5, ROWS), mask=held),
            "cross_sell:loan": loan * 0.8,
        },
    }
    for name, columns in tables.items():
        (folder / "truth" / name).mkdir(parents=True)
        pq.write_table(pa.table({**ids, **columns}), folder / "truth" / name / "2025-01-01.parquet")
    return folder


@pytest.fixture(scope="session")
def known(truth: Path) -> Known:
    """All of them."""
    return known_bank(truth, ROWS)
