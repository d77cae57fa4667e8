"""Every peer learns a head a product, or answers its base rate; its row tells quality and time."""

import numpy as np
import pyarrow as pa
import pytest

from experiments.bench.peers import LEARNERS, measured, table
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


def oracle(given: Dataset) -> np.ndarray:
    return np.column_stack([given.test.matrix[:, 0] > 0.5, np.zeros(len(given.test.matrix))])


def blind(given: Dataset) -> np.ndarray:
    return np.full((len(given.test.matrix), 2), 0.1)


def test_a_row_tells_quality_and_time_and_how_far_ours_is_ahead(data: Dataset) -> None:
    found = {"oracle": [measured(oracle, data)] * 2, "blind": [measured(blind, data)] * 2}
    ours, theirs = table(found, ("roc_auc", "average_precision", "log_loss"))
    assert list(ours) == [
        "learner",
        "roc_auc",
        "ours ahead in roc_auc",
        "average_precision",
        "ours ahead in average_precision",
        "log_loss",
        "s",
        "CPU s",
    ]
    assert float(ours["roc_auc"]) > 0.98
    assert float(theirs["roc_auc"]) == 0.5
    assert ours["ours ahead in roc_auc"] == ""
    told, low, high = (
        float(word.strip("[],")) for word in theirs["ours ahead in roc_auc"].replace("+", "").split()
    )
    assert told == pytest.approx(float(ours["roc_auc"]) - 0.5, abs=2e-4)
    assert 0.45 < low <= told <= high <= 0.5
    assert 0 <= float(ours["s"]) < 10
