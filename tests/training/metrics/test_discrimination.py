"""Discrimination on cases counted by hand."""

import math

import numpy as np
import pytest

from training.metrics.discrimination import average_precision, roc_auc, roc_auc_variance

LABELS = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
SCORES = np.array([0.9, 0.8, 0.8, 0.3, 0.1])


def test_roc_auc_counts_pairs_with_ties_as_halves() -> None:
    # 0.9 beats all three negatives; 0.8 beats two and ties with one.
    assert roc_auc(LABELS, SCORES) == pytest.approx((3 + 2.5) / 6)


def test_the_variance_of_roc_auc_is_that_of_many_samples() -> None:
    found, told = [], []
    for seed in range(2000):
        random = np.random.default_rng(seed)
        labels = (np.arange(200) < 30).astype(float)
        scores = (labels + random.normal(0, 1, 200)).round(1)  # with ties
        found.append(roc_auc(labels, scores))
        told.append(roc_auc_variance(labels, scores))
    assert np.mean(told) == pytest.approx(np.var(found), rel=0.1)


def test_average_precision_takes_tied_scores_together() -> None:
    # Half of the positives at precision 1, the other half at 2 of 3.
    assert average_precision(LABELS, SCORES) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_one_class_leaves_them_undefined() -> None:
    assert math.isnan(roc_auc(np.ones(3), SCORES[:3]))
    assert math.isnan(average_precision(np.zeros(3), SCORES[:3]))
