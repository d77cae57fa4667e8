"""Every learner of the study learns from the training rows and scores the test's."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from experiments.real.av_bank_churn.study import LEARNERS
from experiments.real.labelled import parted
from features.contract import FeatureColumn
from features.spec import WindowSpec
from training.dataset import Dataset, Examples
from training.metrics.discrimination import roc_auc
from training.split import split


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_tells_leavers_where_that_is_plain(name: str) -> None:
    rows = 800
    random = np.random.default_rng(0)
    matrix = random.normal(size=(rows, 3))
    keys = pa.table(
        {"customer_id": np.arange(rows), "snapshot_date": pa.repeat(pa.scalar(date(2024, 1, 1)), rows)}
    )
    everything = Examples(keys, matrix, (matrix[:, :1] > 0.5).astype(float), np.ones(rows))
    none = everything.take(np.arange(0))
    columns = tuple(FeatureColumn(name=f"number_{place}") for place in range(3))
    data = Dataset(columns, ("churn",), everything, everything, none, none)
    data = parted(data, split(keys, WindowSpec(), seed=0))
    assert roc_auc(data.test.labels[:, 0], LEARNERS[name](data)) > 0.97
