"""Intervals against published examples, the reference implementation, and their coverage."""

import numpy as np
import pytest
from scipy import stats

from serving.estimation.intervals import (
    Interval,
    clustered_error,
    difference_of_means,
    difference_of_proportions,
    mean_by_customer,
    wilson,
)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe 1998, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ],
)
def test_newcombes_own_examples(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = difference_of_proportions(one, other)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.estimate == pytest.approx(one[0] / one[1] - other[0] / other[1])


def test_wilson_is_the_root_of_the_score_test() -> None:
    found = wilson(5, 200)
    z = stats.norm.ppf(0.975)
    for bound in (found.low, found.high):
        assert abs(0.025 - bound) / np.sqrt(bound * (1 - bound) / 200) == pytest.approx(z)


def test_rare_events_keep_their_coverage() -> None:
    """By summing the binomials: 300 held out at 1 %, 3,000 contacted at 1.5 %."""
    covered = 0.0
    held, treated = stats.binom(300, 0.01), stats.binom(3000, 0.015)
    treated_counts = np.arange(treated.ppf(1e-9), treated.ppf(1 - 1e-9), dtype=int)
    for x in range(15):
        for y in treated_counts:
            inside = difference_of_proportions((int(y), 3000), (x, 300)).covers(0.005)
            covered += inside * held.pmf(x) * treated.pmf(y)
    assert 0.94 <= covered <= 0.98


def test_welch_is_scipys() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.normal(1, 2, 30), rng.normal(0, 5, 12)
    found = difference_of_means(one, other)
    expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_nothing_can_be_said_of_one_value_and_all_of_constants() -> None:
    assert difference_of_means(np.ones(1), np.zeros(9)) == Interval(1.0, -np.inf, np.inf)
    assert difference_of_means(np.ones(3), np.zeros(9)) == Interval(1.0, 1.0, 1.0)
    assert mean_by_customer(np.ones(3), np.zeros(3, dtype=np.int64)) == Interval(1.0, -np.inf, np.inf)


def test_customers_of_one_row_give_students_interval() -> None:
    terms = np.random.default_rng(4).normal(2, 3, 40)
    found = mean_by_customer(terms, np.arange(40))
    expected = stats.ttest_1samp(terms, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_repeating_every_row_tells_nothing_more() -> None:
    terms, customers = np.random.default_rng(5).normal(2, 3, 40), np.arange(40)
    once = mean_by_customer(terms, customers)
    thrice = mean_by_customer(np.repeat(terms, 3), np.repeat(customers, 3))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_the_error_is_that_of_customers_sums() -> None:
    error, customers = clustered_error(np.array([1.0, 2.0, -3.0]), np.array([0, 0, 1]))
    assert (error, customers) == (pytest.approx(np.sqrt((9 + 9) * 2)), 2)


def test_times() -> None:
    assert Interval(2.0, 1.0, 4.0).times(3) == Interval(6.0, 3.0, 12.0)
