"""Off-policy estimators by hand, unbiased, and of known effective size."""

import numpy as np
import pytest

from serving.estimation.intervals import mean_by_customer
from serving.estimation.off_policy import (
    Predicted,
    doubly_robust,
    effective_sample_size,
    inverse_propensity,
    self_normalised,
)

REWARDS = np.array([10.0, 0.0, 4.0, 2.0])
WEIGHTS = np.array([2.0, 0.0, 0.5, 1.0])
APART = np.arange(4)


def test_by_hand() -> None:
    assert inverse_propensity(REWARDS, WEIGHTS, APART).estimate == 24 / 4
    assert self_normalised(REWARDS, WEIGHTS, APART).estimate == pytest.approx(24 / 3.5)
    predicted = Predicted(np.array([8.0, 1.0, 4.0, 1.0]), np.array([5.0, 5.0, 6.0, 1.0]))
    # (5 + 2*2) + 5 + (6 + 0) + (1 + 1)
    assert doubly_robust(REWARDS, WEIGHTS, predicted, APART).estimate == 22 / 4


def test_effective_sizes() -> None:
    assert effective_sample_size(np.ones(7)) == 7
    assert effective_sample_size(np.array([3.0, 0.0, 0.0])) == 1
    assert effective_sample_size(np.zeros(3)) == 0


def test_the_logged_policy_is_its_own_mean() -> None:
    same = mean_by_customer(REWARDS, APART)
    assert inverse_propensity(REWARDS, np.ones(4), APART) == same
    found = self_normalised(REWARDS, np.ones(4), APART)
    assert (found.low, found.high) == pytest.approx((same.low, same.high))


def test_a_constant_moves_snips_by_itself_and_leaves_its_width() -> None:
    before, after = (self_normalised(REWARDS + more, WEIGHTS, APART) for more in (0.0, 100.0))
    assert after.estimate - before.estimate == pytest.approx(100)
    assert after.high - after.low == pytest.approx(before.high - before.low)


def test_a_perfect_model_leaves_no_error_and_a_wrong_one_no_bias() -> None:
    rng = np.random.default_rng(9)
    x = rng.random(20_000)
    chosen, probability = rng.random(20_000) < 0.25, 0.25
    weights = chosen / probability  # the new policy always chooses what was logged a quarter of the time
    rewards = np.where(chosen, 3 * x, x) + rng.normal(0, 1, 20_000)
    perfect, wrong = (
        Predicted(np.where(chosen, 3 * x, x), 3 * x),
        Predicted(np.full(20_000, 9.0), np.full(20_000, 9.0)),
    )
    customers = np.arange(20_000)
    found = [doubly_robust(rewards, weights, one, customers) for one in (perfect, wrong)]
    plain = inverse_propensity(rewards, weights, customers)
    for one in (*found, plain):
        assert one.covers(1.5)
    width = [one.high - one.low for one in (found[0], plain, found[1])]
    assert width == sorted(width)
