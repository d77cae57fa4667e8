"""What lists earn by the true effects, by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.optimised_list import Earned, by_probability, earned, true_worth
from serving.decision.value import Factors
from serving.selection.greedy import greedy
from serving.selection.problem import Problem

FACTORS = Factors(
    probability=np.array([[0.9, 0.2], [0.1, 0.3]]),
    value=np.array([[10.0, 10.0], [100.0, 100.0]]),
    context_weight=np.array([[[1.0]], [[1.0]]]),
    lever=np.array([[1.0], [2.0]]),
    cost=np.array([[1.0], [1.0]]),
    expected=np.array([[[8.0, 1.0]], [[19.0, 59.0]]]),
)


def pool() -> Any:
    actions = [
        SimpleNamespace(id="retain", group="retain"),
        SimpleNamespace(id="cross_sell:x", group="cross_sell"),
    ]
    customers = pa.table({"customer_id": [2, 1]})
    return SimpleNamespace(compiled=SimpleNamespace(actions=actions), factors=FACTORS, customers=customers)


def test_true_worth_by_hand(tmp_path: Any) -> None:
    spec: Any = SimpleNamespace(folder=tmp_path, snapshots=SimpleNamespace(all=lambda: ["2025-01-01"]))
    (tmp_path / "truth" / "effects").mkdir(parents=True)
    truth = pa.table({"customer_id": [1, 2], "retain": [-0.5, 0.25], "cross_sell:x": [None, 0.1]})
    pq.write_table(truth, tmp_path / "truth" / "effects" / "2025-01-01.parquet")
    worth = true_worth(spec, pool())
    # Customer 2 leaves more often when asked to stay; nothing can be sold to customer 1.
    assert worth[:, 0].tolist() == [[-3.5, 4.0], [pytest.approx(19.0), -1.0]]
    assert earned(worth, np.array([[-1, 0], [0, -1]], dtype=np.int8)) == pytest.approx(23.0)


def test_by_propensity_takes_the_likeliest_and_not_the_most_valuable() -> None:
    problem = Problem(
        FACTORS.expected, np.ones((1, 2, 1)), np.array([1.0]), np.arange(2, dtype=np.uint64), np.zeros(1)
    )
    assert greedy(problem).tolist() == [[-1, -1], [-1, 0]]
    assert greedy(by_probability(problem, pool())).tolist() == [[0, -1], [-1, -1]]


def test_the_gain_is_over_propensity() -> None:
    assert Earned("b", 100.0, 120.0, 130.0, 150.0).gain == pytest.approx(0.3)
