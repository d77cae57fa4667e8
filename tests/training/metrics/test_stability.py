"""The stability index against sums by hand, and against what chance gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics.stability import furthest_part, population_stability, stability_interval

NAN = float("nan")


def smoothed(*counts: float) -> np.ndarray:
    raised = np.array(counts) + 0.5
    return raised / raised.sum()


def by_hand(before: np.ndarray, after: np.ndarray) -> float:
    return float(sum((q - p) * np.log(q / p) for p, q in zip(before, after, strict=True)))


def test_two_bins_by_hand() -> None:
    reference, recent = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 3.5, 4.0])
    expected = by_hand(smoothed(2, 2), smoothed(1, 3))
    assert population_stability(reference, recent, bins=2) == pytest.approx(expected)


def test_shares_of_codes_by_hand_with_one_that_is_new() -> None:
    reference, recent = np.repeat([0.0, 1.0], [60, 40]), np.repeat([0.0, 1.0, 7.0], [30, 40, 30])
    expected = by_hand(smoothed(60, 40, 0), smoothed(30, 40, 30))
    assert population_stability(reference, recent, codes=True) == pytest.approx(expected)


def test_the_furthest_part_by_hand() -> None:
    like, other = np.repeat([0.0, 1.0], [60, 40]), np.repeat([0.0, 1.0], [10, 90])
    expected = by_hand(smoothed(120, 80), smoothed(10, 90))
    assert furthest_part([like, other, like], codes=True) == pytest.approx(expected)
    assert furthest_part([like, like]) == 0
    assert furthest_part([like, np.array([])]) == 0  # nothing to compare with


def test_missing_is_a_bin_of_its_own() -> None:
    reference = np.concatenate([np.full(50, 3.0), np.full(50, NAN)])
    recent = np.concatenate([np.full(90, 3.0), np.full(10, NAN)])
    expected = by_hand(smoothed(50, 50), smoothed(10, 90))
    for codes in (False, True):
        assert population_stability(reference, recent, codes=codes) == pytest.approx(expected)


def test_values_never_known_before_or_never_known_now_still_count() -> None:
    nothing, known = np.full(100, NAN), np.arange(100.0)
    for codes in (False, True):
        assert population_stability(nothing, nothing, codes=codes) == 0.0
        assert population_stability(nothing, known, codes=codes) > 5
        assert population_stability(known, nothing, codes=codes) > 5


def test_many_equal_values_stay_in_one_bin() -> None:
    reference = np.concatenate([np.zeros(95), np.arange(1.0, 6.0)])
    assert population_stability(reference, reference) == 0.0
    expected = by_hand(smoothed(95, 5), smoothed(50, 50))
    recent = np.concatenate([np.zeros(50), np.ones(50)])
    assert population_stability(reference, recent) == pytest.approx(expected)


def test_a_constant_that_stays_is_stable_whatever_the_number_of_rows() -> None:
    assert population_stability(np.full(1000, 2.0), np.full(7, 2.0)) == 0.0


def test_a_normal_shifted_by_half_a_deviation_has_the_divergence_of_its_bins() -> None:
    """The two normals' shares between the reference's deciles, from the normal distribution itself."""
    from scipy.stats import norm

    random = np.random.default_rng(0)
    edges = np.concatenate([[-np.inf], norm.ppf(np.arange(1, 10) / 10), [np.inf]])
    before, after = np.diff(norm.cdf(edges)), np.diff(norm.cdf(edges, loc=0.5))
    found = population_stability(random.normal(size=200_000), random.normal(0.5, size=200_000))
    assert found == pytest.approx(by_hand(before, after), rel=0.03)


def test_by_chance_alone_it_is_the_bins_over_the_rows() -> None:
    random = np.random.default_rng(0)
    found = [population_stability(random.normal(size=2000), random.normal(size=1000)) for _ in range(200)]
    assert np.mean(found) == pytest.approx(9 * (1 / 2000 + 1 / 1000), rel=0.1)


def test_a_row_that_stands_for_three_counts_as_three() -> None:
    random = np.random.default_rng(0)
    reference, recent = random.normal(size=500), random.normal(0.3, size=400)
    weights = random.integers(1, 4, size=500).astype(float)
    repeated = population_stability(np.repeat(reference, weights.astype(int)), recent)
    found = population_stability(reference, recent, reference_weights=weights)
    assert found == pytest.approx(repeated, rel=1e-2)  # half a row more weighs less in more rows
    doubled = population_stability(reference, recent, reference_weights=2 * weights)
    assert doubled == pytest.approx(found, rel=1e-12)


def test_no_rows_tell_nothing() -> None:
    assert np.isnan(population_stability(np.array([]), np.ones(3)))
    assert np.isnan(population_stability(np.ones(3), np.array([])))


def test_its_interval_holds_the_spread_of_other_samples() -> None:
    """Of a shifted normal, against the indices of 300 pairs of samples drawn anew."""
    random = np.random.default_rng(0)
    pairs = [(random.normal(size=1500), random.normal(0.4, size=500)) for _ in range(300)]
    others = np.array([population_stability(*pair) for pair in pairs])
    widths = [found.high - found.low for found in (stability_interval(*pair) for pair in pairs[:20])]
    low, high = np.quantile(others, [0.025, 0.975])
    assert np.mean(widths) == pytest.approx(high - low, rel=0.15)
    found = stability_interval(*pairs[0])
    assert found.low < found.value == population_stability(*pairs[0]) < found.high


def test_few_rows_are_far_from_stable_by_chance_and_the_interval_says_so() -> None:
    random = np.random.default_rng(0)
    pairs = [(random.normal(size=60), random.normal(size=40)) for _ in range(50)]
    found = [stability_interval(*pair) for pair in pairs]
    assert np.mean([one.value > 0.25 for one in found]) > 0.5
    assert np.mean([one.low > 0.25 for one in found]) < 0.1


def test_the_interval_of_nothing_moved_is_nothing_and_without_rows_there_is_none() -> None:
    constant = stability_interval(np.ones(100), np.ones(50))
    assert (constant.value, constant.low, constant.high) == (0.0, 0.0, 0.0)
    assert np.isnan(stability_interval(np.array([]), np.ones(3)).low)
    codes = np.repeat([0.0, 1.0], [60, 40])
    assert stability_interval(codes, codes[::-1], codes=True).value == 0.0


COLUMN = st.lists(st.floats(-1e6, 1e6) | st.just(NAN), min_size=1, max_size=60).map(np.array)


@given(COLUMN, COLUMN, st.booleans())
def test_it_is_finite_never_negative_and_blind_to_the_order_of_rows(
    reference: np.ndarray, recent: np.ndarray, codes: bool
) -> None:
    found = population_stability(reference, recent, codes=codes)
    assert np.isfinite(found)
    assert found >= -1e-12
    assert population_stability(reference[::-1], recent[::-1], codes=codes) == pytest.approx(found, abs=1e-12)
    assert population_stability(reference, reference, codes=codes) == 0.0
