"""Bins of like prediction hold the effect that was built into them."""

import numpy as np
import pytest

from training.uplift import choose
from training.uplift.reliability import BIN_ROWS_LEAST, effect_bins
from training.uplift.trial import Trial

ROWS = 10_000


def answered(rows: int = ROWS, times: float = 1.0) -> choose.Tested:
    """True effects from -0.2 to 0.4, of which `times` as much is predicted."""
    random = np.random.default_rng(1)
    effect, treated = random.uniform(-0.2, 0.4, rows), random.random(rows) < 0.5
    outcome = (random.random(rows) < 0.3 + treated * effect).astype(float)
    trial = Trial(np.empty((rows, 0)), treated, outcome, np.full(rows, 0.5), np.arange(rows))
    return choose.Tested(trial, times * effect, np.ones(rows, dtype=int))


def test_what_is_true_lies_within_every_interval() -> None:
    found = effect_bins(answered(), seed=0)
    assert found.rows.tolist() == [ROWS / 5] * 5
    assert found.predicted == pytest.approx([-0.14, -0.02, 0.1, 0.22, 0.34], abs=0.01)
    assert ((found.low < found.predicted) & (found.predicted < found.high)).all()
    assert (np.diff(found.observed) > 0).all()


def test_what_is_exaggerated_lies_outside_at_both_ends() -> None:
    found = effect_bins(answered(times=2.0), seed=0)
    assert found.predicted[0] < found.low[0]
    assert found.predicted[-1] > found.high[-1]


def test_few_contacts_are_told_in_fewer_bins() -> None:
    assert len(effect_bins(answered(2 * BIN_ROWS_LEAST), seed=0, draws=20).rows) == 2
    assert len(effect_bins(answered(50), seed=0, draws=20).rows) == 1


def test_a_bin_without_one_arm_is_left_out() -> None:
    one = answered(40)
    alone = one.take(one.trial.treated)
    assert [len(values) for values in vars(effect_bins(alone, seed=0, draws=20)).values()] == [0] * 5
