"""The difference of two arms' rates, against figures from the literature and by hand."""

import numpy as np
import pytest

from training.intervals import Interval, draw_customers, interval
from training.metrics.effect import counted_effect, drawn_effect, drawn_mean


def arms(came: int, of: int, control: int, of_control: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    treated = np.arange(of + of_control) < of
    outcome = np.concatenate([np.arange(of) < came, np.arange(of_control) < control]).astype(float)
    return treated, outcome, np.full(len(treated), 0.5)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((0, 10, 0, 10), -0.2775, 0.2775)],
)
def test_counting_gives_newcombes_own_examples(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    """Newcombe 1998, table II, method 10."""
    given = arms(*counts)
    value = drawn_effect(*given, np.arange(len(given[0])), np.ones((1, len(given[0]))))[0]
    found = counted_effect(Interval(value, value, value), *given)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_what_the_draws_leave_open_stays_open() -> None:
    wide = Interval(0.2, -0.9, 0.9)
    assert counted_effect(wide, *arms(56, 70, 48, 80)) == wide
    assert counted_effect(wide, *arms(5, 10, 0, 0)) == wide


def test_rows_weigh_one_over_the_probability_of_their_arm() -> None:
    """Two strata of as many customers, one treated by nine in ten: each counts alike in both arms."""
    probability = np.repeat([0.9, 0.1], 1000)
    treated = np.tile(np.arange(1000), 2) < 1000 * probability
    outcome = np.where(np.arange(2000) < 1000, 0.8, 0.2) + 0.1 * treated
    found = drawn_effect(treated, outcome, probability, np.arange(2000), np.ones((1, 2000)))
    assert found == pytest.approx([0.1])


def test_draws_spread_as_independent_customers_do() -> None:
    """The standard error of a difference of rates; each customer twice, so that half as many count."""
    treated, outcome, probability = (np.repeat(one, 2) for one in arms(100, 500, 50, 500))
    draws = draw_customers(1000, 400, seed=0)
    found = interval(drawn_effect(treated, outcome, probability, np.repeat(np.arange(1000), 2), draws))
    error = np.sqrt((0.2 * 0.8 + 0.1 * 0.9) / 500)
    assert found.value == pytest.approx(0.1)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_a_draw_without_an_arm_tells_nothing() -> None:
    draws = np.array([[1.0, 1.0], [2.0, 0.0]])
    treated, outcome = np.array([True, False]), np.array([1.0, 0.0])
    found = drawn_effect(treated, outcome, np.full(2, 0.5), np.arange(2), draws)
    np.testing.assert_array_equal(found, [1.0, np.nan])
    np.testing.assert_array_equal(drawn_mean(outcome, np.arange(2), draws), [0.5, 1.0])
