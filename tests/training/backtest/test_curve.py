"""Less to learn from is nested within more, and the test stays."""

from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.backtest.curve import SHARES, _smaller
from training.backtest.folds import Fold, Past, walk_forward
from training.backtest.walk import Walk
from training.dataset import Rows, number_customers
from training.split import Part

DAYS = [date(2024, month, 1) for month in range(1, 8)]


def walk(spec: BankSpec, days: list[date], most: int | None = None, horizon: int = 30) -> Walk:
    dates = pa.array(np.repeat(np.array(days, "datetime64[D]"), 200))
    keys = pa.table({CUSTOMER_ID: np.tile(np.arange(200), len(days)), SNAPSHOT_DATE: dates})
    empty = np.zeros((len(keys), 1))
    rows = Rows((("one", "number"),), ("churn",), keys, empty, pa.table({}), empty)
    spec = spec.model_copy(update={"window": WindowSpec(horizon_days=horizon)})
    folds = walk_forward(keys, spec, most)
    return Walk(spec, Model.CHURN, Past(rows, number_customers(keys), ""), folds, np.ones((1, 200)))


def learnt(walk: Walk, fold: Fold, column: str) -> list[object]:
    return sorted(walk.past.rows.keys[column].take(np.flatnonzero(fold.split.learnt)).unique().to_pylist())


@pytest.mark.parametrize("days", [DAYS, DAYS[:3]])
def test_sizes_grow_and_the_test_stays(spec: BankSpec, days: list[date]) -> None:
    every = walk(spec, days)
    newest, found = every.folds[-1], list(_smaller(every, every.folds[-1]))
    for wanted in ("customers", "snapshots"):
        rows = [set(np.flatnonzero(one.split.learnt)) for by, one in found if by == wanted]
        assert all(less < more for less, more in pairwise(rows))
    for _, one in found:
        assert (one.split.rows(Part.TEST) == newest.split.rows(Part.TEST)).all()
        assert all(len(one.split.rows(part)) for part in (Part.TRAIN, Part.CALIBRATE))


@pytest.mark.parametrize(("horizon", "ended"), [(30, 6), (60, 5)])  # of 60 days one lies between
def test_of_so_many_snapshots_the_newest_are_all_that_is_learnt_from(
    spec: BankSpec, horizon: int, ended: int
) -> None:
    every = walk(spec, DAYS, horizon=horizon)
    found = [one for by, one in _smaller(every, every.folds[-1]) if by == "snapshots"]
    known = DAYS[:ended]  # their windows had ended by the test's day
    assert [learnt(every, one, SNAPSHOT_DATE) for one in found] == [known[-n:] for n in (1, 2, 4, ended)]
    assert all(learnt(every, one, CUSTOMER_ID) == list(range(200)) for one in found)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_fewer_customers_of_a_single_snapshot_still_calibrate(spec: BankSpec, most: int) -> None:
    every = walk(spec, DAYS[:1], most)
    found = [one for by, one in _smaller(every, every.folds[-1]) if by == "customers"]
    shares = [len(one.split.rows(Part.CALIBRATE)) / one.split.learnt.sum() for one in found]
    assert len(shares) == len(SHARES) + 1
    assert all(0 < share < 0.5 for share in shares)
