"""Intervals cover what they claim to, and draw customers rather than rows."""

import numpy as np
import pytest

from training.intervals import Interval, counted, draw_customers, interval, paired_mean


def test_the_first_draw_is_everyone_and_every_draw_is_as_many() -> None:
    draws = draw_customers(50, 30, seed=1)
    assert draws.shape == (31, 50)
    assert (draws[0] == 1).all()
    assert (draws.sum(axis=1) == 50).all()
    np.testing.assert_array_equal(draws, draw_customers(50, 30, seed=1))


def test_the_interval_of_a_mean_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        values = random.exponential(size=120)
        found = interval(draw_customers(120, 200, seed) @ values / 120)
        assert found.value == pytest.approx(values.mean())
        covered += found.low < 1 < found.high
    assert 175 <= covered <= 198  # 190 expected, percentile intervals of skewed data cover a little less


def test_repeating_each_customers_rows_does_not_narrow_the_interval() -> None:
    values = np.random.default_rng(1).normal(size=80)
    draws = draw_customers(80, 300, seed=2)
    once = interval(draws @ values / draws.sum(axis=1))
    thrice = interval(draws @ (3 * values) / (3 * draws).sum(axis=1))
    np.testing.assert_allclose(list(vars(once).values()), list(vars(thrice).values()))


def test_undefined_draws_are_skipped() -> None:
    assert interval(np.array([1.0, np.nan, 2.0, 2.0])) == Interval(1.0, 2.0, 2.0)
    assert np.isnan(interval(np.array([1.0, np.nan])).low)


def test_the_mean_of_differences_is_weighted_and_its_error_is_that_of_a_mean() -> None:
    values = np.random.default_rng(3).normal(2, 1, 400)
    mean, error = paired_mean(values, np.ones(400), np.arange(400))
    assert mean == pytest.approx(values.mean())
    assert error == pytest.approx(values.std() / 20)
    assert paired_mean(np.array([1.0, 4.0]), np.array([3.0, 1.0]), np.arange(2))[0] == pytest.approx(1.75)


def test_rows_of_one_customer_told_six_times_are_no_surer() -> None:
    values = np.random.default_rng(0).normal(size=400)
    once = paired_mean(values, np.ones(400), np.arange(400))
    again = paired_mean(np.tile(values, 6), np.ones(2400), np.tile(np.arange(400), 6))
    assert again == pytest.approx(once)


def test_of_few_events_the_interval_is_no_narrower_than_counting_makes_it() -> None:
    """The exact interval of 0 of 10, and of 1 of 20, of the share and of ten times it."""
    none = Interval(0.0, 0.0, 0.0)
    assert counted(none, 0, 10, 1.0).high == pytest.approx(0.30850, abs=1e-5)
    one = counted(Interval(0.5, 0.4, 0.6), 1, 20, 10.0)
    assert (one.low, one.high) == pytest.approx((0.01266, 2.48733), abs=1e-4)
    wide = Interval(0.5, -3.0, 9.0)
    assert counted(wide, 1, 20, 10.0) == wide
    assert counted(none, 0, 0, 1.0) == none
    assert counted(none, 0, 10, float("nan")) == none
    undrawn = Interval(0.0, float("nan"), float("nan"))
    assert counted(undrawn, 0, 10, 1.0).high == pytest.approx(0.30850, abs=1e-5)
