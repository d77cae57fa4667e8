"""Calibration measures on cases counted by hand."""

import numpy as np
import pytest

from training.metrics.calibration import brier, calibration_error, chance_error, log_loss, reliability, wilson

LABELS = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
PROBABILITIES = np.array([0.2, 0.4, 0.1, 0.9, 0.8])


def test_brier_is_the_mean_squared_error() -> None:
    assert brier(LABELS, PROBABILITIES) == pytest.approx((0.04 + 0.36 + 0.01 + 0.01 + 0.04) / 5)


def test_log_loss_is_the_mean_negative_log_likelihood() -> None:
    likelihood = np.array([0.8, 0.4, 0.9, 0.9, 0.8])
    assert log_loss(LABELS, PROBABILITIES) == pytest.approx(-np.log(likelihood).mean())


def test_log_loss_of_one_class_and_of_a_failed_certainty_is_finite() -> None:
    assert log_loss(np.zeros(2), np.array([0.0, 1.0])) < 100


def test_bins_hold_equally_many_rows_by_rising_probability() -> None:
    found = reliability(LABELS, PROBABILITIES, bins=2)
    assert found.rows.tolist() == [3, 2]
    np.testing.assert_allclose(found.predicted, [0.7 / 3, 0.85])
    np.testing.assert_allclose(found.observed, [1 / 3, 1.0])


def test_calibration_error_is_the_bins_mean_gap() -> None:
    expected = 0.6 * (1 / 3 - 0.7 / 3) + 0.4 * 0.15
    assert calibration_error(LABELS, PROBABILITIES, bins=2) == pytest.approx(expected)


def test_true_probabilities_have_a_small_error_and_shifted_ones_show_the_shift() -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(0.05, 0.35, 50_000)
    labels = (random.uniform(size=50_000) < truth).astype(float)
    assert calibration_error(labels, truth) < 0.01
    assert calibration_error(labels, truth + 0.1) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(("rows", "most"), [(2000, 0.5), (20000, 0.2)])
def test_what_true_probabilities_err_by_chance_is_foretold(rows: int, most: float) -> None:
    random = np.random.default_rng(0)
    true = random.uniform(0, most, rows)
    drawn = [calibration_error((random.uniform(size=rows) < true).astype(float), true) for _ in range(200)]
    assert chance_error(true) == pytest.approx(np.mean(drawn), rel=0.05)
    assert np.isnan(chance_error(np.empty(0)))


def test_fewer_rows_than_bins_still_count() -> None:
    assert calibration_error(np.array([1.0]), np.array([0.75])) == pytest.approx(0.25)


@pytest.mark.parametrize("seed", range(5))
def test_equal_probabilities_share_a_bin_in_whatever_order_they_come(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.repeat([0.0, 1.0, 0.0, 1.0], [80, 20, 60, 40])
    probabilities = np.repeat([0.2, 0.4], 100)
    order = random.permutation(200)
    found = reliability(labels[order], probabilities[order])
    assert found.rows.tolist() == [100, 100]
    np.testing.assert_allclose(found.observed, [0.2, 0.4])
    assert calibration_error(labels[order], probabilities[order]) == pytest.approx(0.0, abs=1e-12)


def test_one_probability_for_all_is_judged_by_the_rate() -> None:
    assert reliability(LABELS, np.full(5, 0.5)).rows.tolist() == [5]
    assert calibration_error(LABELS, np.full(5, 0.5)) == pytest.approx(0.1)


def test_wilson_bounds_are_those_of_the_textbook() -> None:
    """81 of 263 (Newcombe 1998, table I), and none of ten, whose upper bound is z^2 / (n + z^2)."""
    low, high = wilson(np.array([81 / 263, 0.0]), np.array([263, 10]))
    np.testing.assert_allclose(low, [0.2553, 0.0], atol=1e-4)
    np.testing.assert_allclose(high, [0.3662, 3.8415 / 13.8415], atol=1e-4)


def test_wilson_covers_the_truth_as_often_as_it_says() -> None:
    rows = np.full(20_000, 300)
    share = np.random.default_rng(0).binomial(rows, 0.03) / rows
    low, high = wilson(share, rows)
    assert ((low <= 0.03) & (high >= 0.03)).mean() == pytest.approx(0.95, abs=0.02)
