"""Fewer customers are nested within more, and only training shrinks."""

from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa

from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.backtest.curve import _smaller
from training.backtest.folds import Past, walk_forward
from training.backtest.walk import Walk
from training.dataset import Rows, number_customers
from training.split import Part

DAYS = [date(2024, month, 1) for month in range(1, 8)]


def test_sizes_grow_and_the_test_stays(spec: BankSpec) -> None:
    dates = pa.array(np.repeat(np.array(DAYS, "datetime64[D]"), 200))
    keys = pa.table({CUSTOMER_ID: np.tile(np.arange(200), len(DAYS)), SNAPSHOT_DATE: dates})
    empty = np.zeros((len(keys), 1))
    rows = Rows((("one", "number"),), ("churn",), keys, empty, pa.table({}), empty)
    spec = spec.model_copy(update={"window": WindowSpec(horizon_days=30)})
    past = Past(rows, number_customers(keys), "")
    folds = walk_forward(keys, spec)
    walk = Walk(spec, Model.CHURN, past, folds, np.ones((1, 200)))
    found = list(_smaller(walk, folds[-1]))
    for part in (Part.TRAIN, Part.CALIBRATE):
        by_customers = [set(one.split.rows(part)) for by, _, one in found if by == "customers"]
        assert all(less < more for less, more in pairwise(by_customers))
    assert [size for by, size, _ in found if by == "snapshots"] == [1, 2, 4, 5]
    newest = folds[-1].split
    for by, _, one in found:
        assert (one.split.rows(Part.TEST) == newest.rows(Part.TEST)).all()
        if by == "snapshots":
            assert (one.split.rows(Part.CALIBRATE) == newest.rows(Part.CALIBRATE)).all()
    (single,) = [one for by, size, one in found if (by, size) == ("snapshots", 1)]
    assert set(keys[SNAPSHOT_DATE].take(single.split.rows(Part.TRAIN)).to_pylist()) == {date(2024, 5, 1)}
