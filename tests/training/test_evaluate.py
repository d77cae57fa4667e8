"""Every metric is there by name, of the pairs that have a label."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from training.evaluate import evaluate


def test_one_head() -> None:
    random = np.random.default_rng(0)
    probability = random.uniform(size=2000)
    label = (random.uniform(size=2000) < probability).astype(float)
    found = evaluate(["churn"], label[:, None], probability[:, None], [0.5])
    assert found["roc_auc"] == pytest.approx(roc_auc_score(label, probability))
    assert found["average_precision"] == pytest.approx(average_precision_score(label, probability))
    assert found["brier"] == pytest.approx(brier_score_loss(label, probability))
    assert found["log_loss"] == pytest.approx(log_loss(label, probability))
    assert found["log_loss_of_base_rates"] == pytest.approx(np.log(2))
    assert found["calibration_error"] < 0.05
    assert {"lift_at_1pct", "lift_at_5pct", "gain_at_10pct"} < found.keys()
    assert (found["rows"], found["positives"]) == (2000, label.sum())
    assert not [name for name in found if "/" in name or "map" in name]


def test_several_heads_pool_the_pairs_with_a_label() -> None:
    labels = np.array([[1.0, np.nan], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    probabilities = np.array([[0.9, 0.99], [0.2, 0.6], [0.1, 0.3], [0.8, 0.3]])
    found = evaluate(["card", "loan"], labels, probabilities, [0.5, 0.25])
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.16 + 0.01 + 0.09 + 0.04 + 0.09) / 7)
    base = -(4 * np.log(0.5) + np.log(0.25) + 2 * np.log(0.75)) / 7
    assert found["log_loss_of_base_rates"] == pytest.approx(base)
    assert found["card/roc_auc"] == 1.0
    assert found["loan/positives"] == 1.0
    assert found["map_at_7"] == 1.0
    assert found["recall_at_1"] == 1.0


def test_what_is_undefined_is_left_out() -> None:
    labels = np.array([[0.0, np.nan], [0.0, np.nan]])
    found = evaluate(["card", "loan"], labels, np.full((2, 2), 0.1), [0.1, 0.1])
    assert "roc_auc" not in found
    assert "map_at_7" not in found
    assert found["card/log_loss"] == pytest.approx(-np.log(0.9))
    assert not [name for name in found if name.startswith("loan/")]
    assert all(np.isfinite(value) for value in found.values())


def test_no_rows_no_metrics() -> None:
    assert evaluate(["churn"], np.empty((0, 1)), np.empty((0, 1)), [0.5]) == {}
