"""Features and scores side by side."""

from typing import Any

import numpy as np
import pyarrow as pa

from features.vocabulary import Model
from serving.decision_table import decision_table

FEATURES = pa.table(
    {
        "customer_id": [7, 8],
        "snapshot_date": pa.array([0, 0], pa.date32()),
        "tier": ["valuable", None],
        "holdings_held_card": [1.0, 0.0],
    }
)


class FakeModel:
    name, version = Model.PROPENSITY, "propensity/1"

    def predict(self, features: pa.Table, threads: int) -> dict[str, Any]:
        assert (features.num_rows, threads) == (2, 3)
        return {"card": np.array([0.25, 0.5])}


def test_scores_are_added_once() -> None:
    models: Any = (FakeModel(),)
    found = decision_table(FEATURES, models, threads=3)
    assert found.column_names == [*FEATURES.column_names, "propensity_card", "model_versions"]
    assert found.select(FEATURES.column_names).equals(FEATURES)
    assert found["propensity_card"].to_pylist() == [None, 0.5]
