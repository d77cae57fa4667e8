"""Studies split the rows as training does, and learn from no test row."""

from datetime import date

import numpy as np
import pyarrow as pa

from experiments.real.labelled import own_splits, parted
from features.contract import FeatureColumn
from features.spec import WindowSpec
from training.dataset import Dataset, Examples
from training.split import split


def unsplit(rows: int) -> Dataset:
    keys = pa.table(
        {"customer_id": np.arange(rows), "snapshot_date": pa.repeat(pa.scalar(date(2024, 1, 1)), rows)}
    )
    number = np.arange(rows, dtype=float)[:, np.newaxis]
    examples = Examples(keys, number, number % 2, np.ones(rows))
    return Dataset((FeatureColumn(name="number"),), ("churn",), examples, (rows, 0, 0, 0))


def test_every_row_is_in_one_part_with_its_own_label() -> None:
    data = unsplit(500)
    parts = parted(data, split(data.everything.keys, WindowSpec(), seed=3))
    found = np.concatenate([part.matrix[:, 0] for part in (parts.train, parts.calibrate, parts.test)])
    assert sorted(found) == list(range(500))
    for part in (parts.train, parts.calibrate, parts.test, parts.everything):
        assert part.keys["customer_id"].to_pylist() == part.matrix[:, 0].tolist()
        np.testing.assert_array_equal(part.labels, part.matrix % 2)


def test_what_is_learnt_from_is_all_but_the_test() -> None:
    data = unsplit(500)
    parts = parted(data, split(data.everything.keys, WindowSpec(), seed=0))
    learnt = set(parts.learnt.matrix[:, 0])
    assert len(learnt) == 500 - len(parts.test.labels)
    assert not learnt & set(parts.test.matrix[:, 0])


def test_repeated_splits_hold_the_asked_share_back_and_differ() -> None:
    tested = [set(data.test.matrix[:, 0]) for data in own_splits(unsplit(2000), 2, learnt=0.7)]
    assert all(0.25 < len(test) / 2000 < 0.35 for test in tested)
    assert tested[0] != tested[1]


def test_splits_are_those_of_training_by_default() -> None:
    data = unsplit(500)
    own = next(own_splits(data, 1))
    theirs = parted(data, split(data.everything.keys, WindowSpec(), seed=0))
    for one, other in ((own.train, theirs.train), (own.calibrate, theirs.calibrate), (own.test, theirs.test)):
        np.testing.assert_array_equal(one.matrix, other.matrix)
