"""Calibration maps against known truth: right on average, monotone, and never certain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Calibration
from training.calibrate import SLOPE_MOST, calibrate, isotonic, log_odds, platt
from training.metrics.calibration import calibration_error


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Overconfident scores, outcomes, and the probability these were drawn from."""
    random = np.random.default_rng(seed)
    odds = random.normal(-2, 1, rows)
    truth = 1 / (1 + np.exp(-odds))
    raw = 1 / (1 + np.exp(-(2 * odds + 1)))
    return raw, (random.uniform(size=rows) < truth).astype(float), truth


def test_platt_recovers_slope_and_intercept() -> None:
    raw, labels, truth = drawn(50_000)
    found = calibrate(raw[:5000], labels[:5000])
    assert found.kind == "platt"
    found = platt(raw, labels)
    assert (found.slope, found.intercept) == pytest.approx((0.5, -0.5), abs=0.05)
    np.testing.assert_allclose(found.overall(raw), truth, atol=0.02)


def test_isotonic_comes_close_to_the_truth_on_other_rows() -> None:
    raw, labels, _ = drawn(50_000)
    found = calibrate(raw, labels)
    assert found.kind == "isotonic"
    others, outcome, truth = drawn(50_000, seed=1)
    assert calibration_error(outcome, others) > 0.05
    assert calibration_error(outcome, found.overall(others)) < 0.01
    assert np.abs(found.overall(others) - truth).mean() < 0.01


def test_isotonic_keeps_the_ranking_and_never_is_certain() -> None:
    raw, labels, _ = drawn(50_000)
    found = isotonic(raw, labels)
    ranked = found.overall(np.sort(raw))
    assert (np.diff(ranked) > 0).all()
    assert 0 < ranked[0] < ranked[-1] < 1


@given(
    st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), min_size=5, max_size=200),
    st.sampled_from([isotonic, platt]),
)
def test_maps_are_monotone_and_stay_probabilities(rows: list[tuple[float, bool]], fit: object) -> None:
    raw = np.array([score for score, _ in rows])
    labels = np.array([float(outcome) for _, outcome in rows])
    labels[:2] = [0.0, 1.0]  # both outcomes
    found = (isotonic if fit is isotonic else platt)(raw, labels)
    answers = found.overall(np.linspace(0, 1, 101))
    assert ((answers >= 0) & (answers <= 1)).all()
    assert (np.diff(answers) >= 0).all()
    assert (np.diff(found.x) > 0).all()


def test_a_steep_line_answers_far_from_its_middle() -> None:
    steep = Calibration(kind="platt", slope=30.0, intercept=10.0)
    np.testing.assert_allclose(steep.overall(np.array([0.0, 0.5, 1.0])), [0.0, 1 / (1 + np.exp(-10)), 1.0])


def test_a_booster_that_ranks_backwards_answers_the_base_rate() -> None:
    raw = np.linspace(0.1, 0.9, 1000)
    labels = (raw < 0.2).astype(float)
    found = platt(raw, labels)
    np.testing.assert_allclose(found.overall(raw), labels.mean(), atol=0.002)


def test_of_scores_that_hardly_differ_no_slope_is_steep() -> None:
    """Any fits these rows, and multiplies what another fit of the same booster moves them by."""
    random = np.random.default_rng(0)
    truth = 1 / (1 + np.exp(-random.normal(-2, 0.5, 20_000)))
    labels = (random.uniform(size=len(truth)) < truth).astype(float)
    raw = 1 / (1 + np.exp(-(-2 + (log_odds(truth) + 2) / 10)))
    found = platt(raw, labels)
    assert found.slope == SLOPE_MOST
    assert found.overall(raw).mean() == pytest.approx(labels.mean(), abs=1e-3)
    moved = 1 / (1 + np.exp(-(log_odds(raw) + 0.05)))
    assert found.overall(moved).mean() == pytest.approx(labels.mean(), abs=0.03)


def test_separable_rows_do_not_make_platt_certain() -> None:
    raw = np.concatenate([np.full(50, 0.1), np.full(50, 0.9)])
    found = platt(raw, (raw > 0.5).astype(float))
    np.testing.assert_allclose(found.overall(np.array([0.1, 0.9])), [1 / 52, 51 / 52], atol=1e-3)


def test_too_few_positives_leave_probabilities_as_they_are() -> None:
    raw = np.linspace(0.01, 0.5, 500)
    labels = np.zeros(500)
    labels[-9:] = 1
    assert calibrate(raw, labels).kind == "identity"
    assert calibrate(raw[:0], labels[:0]).kind == "identity"


def test_log_odds_of_certainties_are_finite() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert log_odds(np.array([0.5]))[0] == 0.0
