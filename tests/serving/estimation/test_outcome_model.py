"""The line through expected values, and that nobody's own reward is in it."""

import numpy as np

from serving.estimation.outcome_model import predict_rewards


def test_a_line_is_found_again() -> None:
    expected = np.linspace(0, 10, 50)
    found = predict_rewards(2 + 3 * expected, expected, expected[::-1], np.arange(50))
    np.testing.assert_allclose(found.logged, 2 + 3 * expected)
    np.testing.assert_allclose(found.new, 2 + 3 * expected[::-1])


def test_ones_own_reward_does_not_enter() -> None:
    rng = np.random.default_rng(1)
    rewards, expected, customers = rng.normal(size=60), rng.random(60), np.repeat(np.arange(20), 3)
    before = predict_rewards(rewards, expected, expected, customers)
    rewards[customers == 7] += 1000
    after = predict_rewards(rewards, expected, expected, customers)
    np.testing.assert_array_equal(before.logged[customers == 7], after.logged[customers == 7])
    assert (before.logged[customers == 8] != after.logged[customers == 8]).all()


def test_equal_expected_values_and_a_single_customer_need_no_slope() -> None:
    flat = predict_rewards(np.arange(10.0), np.ones(10), np.full(10, 5.0), np.arange(10))
    np.testing.assert_array_equal(flat.logged, flat.new)
    alone = predict_rewards(np.ones(3), np.ones(3), np.ones(3), np.zeros(3, dtype=np.int64))
    assert alone.new.tolist() == [0, 0, 0]
