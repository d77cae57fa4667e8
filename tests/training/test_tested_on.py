"""The rows that tested a model are known by their hash, however they are read."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.labels.labelled import label_matrix
from training.split import PARTS, Part, split
from training.tested_on import identity, rows_that_tested

DAYS = (date(2024, 1, 1), date(2024, 2, 1))


def labelled(ids: Sequence[object]) -> pa.Table:
    """Both snapshots of every customer; windows of 90 days overlap, so that customers are parted."""
    keys = {CUSTOMER_ID: [*ids, *ids], SNAPSHOT_DATE: np.repeat(np.array(DAYS, "datetime64[D]"), len(ids))}
    return pa.table(keys | {"churn": np.random.default_rng(0).integers(0, 2, 2 * len(ids)).astype(float)})


@pytest.mark.parametrize("ids", [range(100), [f"c{'x' * (number % 7)}{number}" for number in range(100)]])
def test_rows_are_found_again_whatever_stood_before_them(spec: BankSpec, ids: Sequence[object]) -> None:
    """Training hashes the end of a table of all its parts; here the rows are read by themselves."""
    labels = labelled(ids)
    parts = split(labels, spec.window, spec.training.seed)
    everything = labels.take(np.concatenate([parts.rows(part) for part in PARTS]))
    test = everything.slice(len(labels) - len(parts.rows(Part.TEST)))
    told = identity(test.select([CUSTOMER_ID, SNAPSHOT_DATE]), label_matrix(test, ["churn"]))
    found = rows_that_tested(spec, labels, ("churn",), told, DAYS[-1])
    assert found is not None
    assert found.to_pylist() == test.to_pylist()
    assert rows_that_tested(spec, labels, ("churn",), told, DAYS[0]) is None  # as if there were no later rows
    assert rows_that_tested(spec, labels, ("churn",), told, date(2023, 1, 1)) is None


def test_another_label_or_order_is_another_test(spec: BankSpec) -> None:
    labels = labelled(range(100))
    test = labels.take(split(labels, spec.window, spec.training.seed).rows(Part.TEST))
    keys, came = test.select([CUSTOMER_ID, SNAPSHOT_DATE]), label_matrix(test, ["churn"])
    told = identity(keys, came)
    assert identity(keys.take(np.arange(len(keys))[::-1]), came) != told
    other = labels.set_column(2, "churn", pa.array(1 - labels["churn"].to_numpy()))
    assert rows_that_tested(spec, other, ("churn",), told, DAYS[-1]) is None
