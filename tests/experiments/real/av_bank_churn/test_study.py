"""Every learner of the study learns from the training rows and scores the test's."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from experiments.real.av_bank_churn.study import LEARNERS, TunedCatBoost
from experiments.real.labelled import parted
from features.contract import FeatureColumn
from features.spec import WindowSpec
from training.dataset import Dataset, Examples
from training.metrics.discrimination import roc_auc
from training.split import split


def plain(rows: int) -> Dataset:
    """Who has more than half of the first number leaves."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(rows, 3))
    keys = pa.table(
        {"customer_id": np.arange(rows), "snapshot_date": pa.repeat(pa.scalar(date(2024, 1, 1)), rows)}
    )
    everything = Examples(keys, matrix, (matrix[:, :1] > 0.5).astype(float), np.ones(rows))
    columns = tuple(FeatureColumn(name=f"number_{place}") for place in range(3))
    data = Dataset(columns, ("churn",), everything, (rows, 0, 0, 0))
    return parted(data, split(keys, WindowSpec(), seed=0))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_tells_leavers_where_that_is_plain(name: str) -> None:
    data = plain(800)
    assert roc_auc(data.test.labels[:, 0], LEARNERS[name](data)) > 0.97


def test_catboost_is_tuned_once_and_learns_with_the_best() -> None:
    tuned, data = TunedCatBoost(trials=3), plain(800)
    assert roc_auc(data.test.labels[:, 0], tuned(data)) > 0.97
    best = tuned.best
    assert best is not None
    assert 1 <= best["iterations"] <= 1500
    assert 0.03 <= best["learning_rate"] <= 0.3
    tuned(plain(400))
    assert tuned.best is best
