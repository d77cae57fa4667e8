"""Every peer learns a head a product, or answers its base rate; its row tells quality and time."""

import numpy as np
import pyarrow as pa
import pytest

from experiments.bench.peers import LEARNERS, measured
from features.contract import FeatureColumn
from training.dataset import Dataset, Examples

ROWS = 1200


@pytest.fixture
def data() -> Dataset:
    """A card for who has much of the first number, a loan for hardly anyone, and some hold the card."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(ROWS, 3))
    labels = np.zeros((ROWS, 2))
    labels[:, 0] = matrix[:, 0] > 0.5
    labels[::100, 1] = 1.0
    labels[::7, 0] = np.nan
    whole = Examples(pa.table({"customer_id": np.arange(ROWS)}), matrix, labels, np.ones(ROWS))
    columns = tuple(FeatureColumn(name=f"number_{place}") for place in range(3))
    return Dataset(columns, ("card", "loan"), whole, (700, 0, 200, 300))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_peer_learns_what_can_be_learnt(name: str, data: Dataset) -> None:
    scores = LEARNERS[name](data)
    known = ~np.isnan(data.test.labels[:, 0])
    card = scores[known, 0]
    assert card[data.test.labels[known, 0] == 1].min() > card[data.test.labels[known, 0] == 0].mean()
    assert len(set(scores[:, 1])) == 1
    assert scores[0, 1] == pytest.approx(0.01, abs=0.002)


def test_a_row_tells_quality_and_time(data: Dataset) -> None:
    def oracle(given: Dataset) -> np.ndarray:
        return np.column_stack([given.test.matrix[:, 0] > 0.5, np.zeros(len(given.test.matrix))])

    row = measured("oracle", oracle, data, ("roc_auc",))
    assert list(row) == ["learner", "roc_auc", "s", "CPU s"]
    assert row["learner"] == "oracle"
    assert float(row["roc_auc"]) > 0.98
    assert 0 <= float(row["s"]) < 10
