"""Intervals cover what they say, at any level and where a share is none."""

import numpy as np
import pytest
from scipy.stats import binomtest

from training.intervals import Interval
from training.shares import ratio_of, share_of, sure


def events(number: int, rows: int) -> np.ndarray:
    return (np.arange(rows) < number).astype(float)


def test_of_rows_of_different_customers_it_is_the_exact_interval() -> None:
    for number in (0, 7, 200):
        found = share_of(events(number, 200), np.arange(200), 0.99)
        exact = binomtest(number, 200).proportion_ci(0.99, method="exact")
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_a_customers_rows_that_agree_count_once() -> None:
    once = share_of(events(30, 200), np.arange(200), 0.95)
    for number, rows in ((30, 200), (0, 200), (200, 200)):
        alone = share_of(events(number, rows), np.arange(rows), 0.95)
        again = share_of(np.repeat(events(number, rows), 4), np.repeat(np.arange(rows), 4), 0.95)
        assert (again.value, again.low, again.high) == pytest.approx((alone.value, alone.low, alone.high))
    apart = share_of(events(30, 200), np.arange(200) % 100, 0.95)  # nobody is twice among the first thirty
    assert apart.high - apart.low == pytest.approx(once.high - once.low, rel=0.05)


def test_a_ratio_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    for covered, least in ((0.95, 0.935), (0.8, 0.78)):
        held = 0
        for _ in range(600):
            one, other = (
                share_of((random.uniform(size=rows) < share).astype(float), np.arange(rows), covered)
                for rows, share in ((300, 0.08), (2000, 0.1))
            )
            found = ratio_of(one, other)
            held += found.low <= 0.8 <= found.high
        assert held / 600 >= least


def test_where_the_others_have_none_the_low_end_tells_what_is_proven() -> None:
    some, none = (share_of(events(number, 1000), np.arange(1000), 0.95) for number in (100, 0))
    over = ratio_of(some, none)
    assert over.value == over.high == float("inf")
    assert some.low / none.high < over.low < some.value / none.high
    under = ratio_of(none, some)
    assert (under.value, under.low) == (0.0, 0.0)
    assert under.high == pytest.approx(1 / over.low)


def test_turned_round_a_ratio_is_its_inverse() -> None:
    one, other = Interval(0.2, 0.15, 0.26), Interval(0.1, 0.07, 0.14)
    found, turned = ratio_of(one, other), ratio_of(other, one)
    assert (found.low, found.high) == pytest.approx((1 / turned.high, 1 / turned.low))
    certain = ratio_of(Interval(1.0, 1.0, 1.0), Interval(0.5, 0.5, 0.5))
    assert (certain.low, certain.high) == pytest.approx((2.0, 2.0))


def test_of_many_figures_each_has_to_be_surer() -> None:
    assert [sure(number) for number in (0, 1, 24)] == pytest.approx([0.95, 0.95, 1 - 0.05 / 24])
    wide, narrow = (share_of(events(30, 200), np.arange(200), sure(number)) for number in (24, 1))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_of_no_rows_nothing_is_known() -> None:
    assert np.isnan(share_of(np.empty(0), np.empty(0, dtype=np.int64), 0.95).value)
