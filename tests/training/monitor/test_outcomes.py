"""Promised against come true, with intervals that know their size."""

from datetime import date

import numpy as np
import pytest

from training.monitor.outcomes import outcome_at

DAY = date(2024, 5, 1)
RANDOM = np.random.default_rng(0)
CHANCES = 1 / (1 + np.exp(2.5 - RANDOM.normal(size=(4000, 1))))
NAMES = np.arange(4000).astype(str)


def outcome(times: float) -> np.ndarray:
    return (np.random.default_rng(1).uniform(size=CHANCES.shape) < times * CHANCES).astype(float)


@pytest.mark.parametrize("times", [1.0, 2.0])
def test_how_many_more_come_true_is_told(times: float) -> None:
    found = outcome_at(DAY, NAMES, outcome(times), CHANCES, seed=0)
    assert found is not None
    assert found.times.low < found.times.value < found.times.high
    assert found.times.value == pytest.approx(times, rel=0.1)
    assert found.observed == pytest.approx(times * found.promised, rel=0.1)
    assert found.roc_auc.low > 0.6


def test_unknown_cells_are_left_out_and_too_few_tell_nothing() -> None:
    labels, scores = np.repeat(outcome(1.0), 2, axis=1), np.repeat(CHANCES, 2, axis=1)
    labels[:, 1] = np.nan
    found = outcome_at(DAY, NAMES, labels, scores, seed=0)
    assert found is not None
    assert found.positives == outcome(1.0).sum()
    assert outcome_at(DAY, NAMES[:9], labels[:9], scores[:9], seed=0) is None
