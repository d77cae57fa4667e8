"""Metrics of weighted customers equal the metrics of their rows repeated as often."""

import numpy as np
import pytest

from training.evaluate import evaluate
from training.intervals import draw_customers
from training.metrics.drawn import Scored, averaged, drawn_metrics

CUSTOMERS = 60


def scored(heads: int, seed: int = 0) -> Scored:
    random = np.random.default_rng(seed)
    customers = np.concatenate([np.arange(CUSTOMERS), random.integers(CUSTOMERS, size=90)])
    probabilities = random.uniform(size=(150, heads)).round(1) * 0.9 + 0.05  # many ties
    labels = (random.uniform(size=(150, heads)) < probabilities).astype(float)
    labels[random.uniform(size=labels.shape) < 0.1] = np.nan
    return Scored(customers, labels, probabilities, np.full(heads, 0.4))


@pytest.mark.parametrize("heads", [1, 3])
def test_every_draw_is_what_evaluate_says_of_the_drawn_rows(heads: int) -> None:
    one, draws = scored(heads), draw_customers(CUSTOMERS, 8, seed=3)
    found = drawn_metrics(one, draws)
    names = [f"head{place}" for place in range(heads)]
    for number, draw in enumerate(draws):
        rows = np.repeat(np.arange(150), draw[one.customers].astype(int))
        expected = evaluate(names, one.labels[rows], one.probabilities[rows], one.base_rates)
        expected["skill"] = 1 - expected["log_loss"] / expected["log_loss_of_base_rates"]
        for name in set(found) - {"calibration_error"}:
            assert found[name][number] == pytest.approx(expected[name], rel=1e-9), name
    assert ("map_at_7" in found) == (heads > 1)


def test_the_calibration_error_of_everyone_is_evaluates_own() -> None:
    one = scored(1)
    found = drawn_metrics(one, draw_customers(CUSTOMERS, 200, seed=3))["calibration_error"]
    expected = evaluate(["churn"], one.labels, one.probabilities, [0.4])["calibration_error"]
    assert found[0] == pytest.approx(expected)
    assert found[1:].mean() == pytest.approx(expected, rel=0.05)
    assert (found >= 0).all()


def test_figures_without_positives_are_undefined_and_means_are_taken_draw_by_draw() -> None:
    nobody = Scored(np.arange(3), np.zeros((3, 1)), np.full((3, 1), 0.2), np.array([0.1]))
    found = drawn_metrics(nobody, np.ones((2, 3)))
    assert np.isnan(found["roc_auc"]).all()
    assert found["log_loss"] == pytest.approx(-np.log(0.8))
    folds, means = averaged("a", [{"a": np.array([1.0, 2.0])}, {"a": np.array([3.0, 6.0])}])
    assert (folds, means.tolist()) == (2, [[2.0, 4.0]])


def test_means_are_over_the_folds_where_every_side_is_defined() -> None:
    ours = [{"a": np.array([value, 2 * value])} for value in (1.0, np.nan, 3.0, 8.0)]
    theirs = [{"a": np.array([value, 0.0])} for value in (0.5, 0.5, 1.5, np.nan)]
    folds, (own, other) = averaged("a", ours, theirs)
    assert (folds, own.tolist(), other.tolist()) == (2, [2.0, 4.0], [1.0, 0.0])
    nowhere, means = averaged("a", ours[1:2], theirs[1:2])
    assert (nowhere, means.shape) == (0, (2, 2))
    assert np.isnan(means).all()


def test_a_draw_without_a_figure_is_left_out_of_the_mean_of_its_draw_alone() -> None:
    folds, (mean,) = averaged("a", [{"a": np.array([1.0, np.nan, 2.0])}, {"a": np.array([3.0, 1.0, 4.0])}])
    assert folds == 2
    np.testing.assert_equal(mean, [2.0, np.nan, 3.0])
