"""Calibrated probabilities promise what then comes true."""

import numpy as np
import pytest

from training.metrics.discrimination import roc_auc
from training.monitor.estimate import expected, promised

RANDOM = np.random.default_rng(0)
CHANCES = 1 / (1 + np.exp(3 - 1.5 * RANDOM.normal(size=20_000)))


def test_what_is_expected_comes_true() -> None:
    found = expected(CHANCES[:, None], seed=1)
    assert found is not None
    outcome = (RANDOM.uniform(size=len(CHANCES)) < CHANCES).astype(float)
    auc = roc_auc(outcome, CHANCES)
    assert found.roc_auc.value == pytest.approx(auc, abs=0.02)
    assert found.roc_auc.low < auc < found.roc_auc.high
    assert found.rate.value == pytest.approx(CHANCES.mean())
    assert found.rate.low < outcome.mean() < found.rate.high
    assert found.lift_at_10pct.value > 3


def test_unknown_scores_are_left_out_and_equal_ones_rank_nobody() -> None:
    both = np.column_stack([CHANCES, np.full(len(CHANCES), np.nan)])
    found, alone = expected(both, seed=1), expected(CHANCES[:, None], seed=1)
    assert found == alone
    assert alone is not None
    assert promised(both) == (alone.rate.value, alone.lift_at_10pct.value)
    alike = expected(np.full((1000, 1), 0.2), seed=0)
    assert alike is not None
    assert alike.roc_auc.value == pytest.approx(0.5)
    assert expected(np.full((10, 1), np.nan), seed=0) is None
    assert promised(np.full((10, 1), np.nan)) is None
