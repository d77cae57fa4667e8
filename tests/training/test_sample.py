"""Samples are bounded, keep what is rare, and stand for all rows."""

import numpy as np
import pytest

from training.sample import training_sample, uniform_sample

ROWS = np.arange(100, 10_100)
POSITIVE = np.isin(ROWS, np.arange(100, 400))


def test_few_rows_are_all_taken() -> None:
    rows, weights = training_sample(ROWS, POSITIVE, 20_000, seed=0)
    assert rows is ROWS
    assert weights.tolist() == [1.0] * len(ROWS)
    assert uniform_sample(ROWS, 20_000, seed=0) is ROWS


def test_positives_are_kept_and_the_others_weighted() -> None:
    rows, weights = training_sample(ROWS, POSITIVE, 1000, seed=0)
    assert len(rows) == len(np.unique(rows)) == 1000
    assert (np.diff(rows) > 0).all()
    positive = np.isin(rows, ROWS[POSITIVE])
    assert positive.sum() == 300
    assert (weights[positive] == 1).all()
    np.testing.assert_allclose(weights[~positive], 9700 / 700)
    assert weights.sum() == pytest.approx(10_000)


@pytest.mark.parametrize(("positives", "kept"), [(9000, 500), (9800, 800), (10_000, 1000), (0, 0)])
def test_common_positives_are_sampled_too(positives: int, kept: int) -> None:
    positive = np.arange(10_000) < positives
    rows, weights = training_sample(ROWS, positive, 1000, seed=1)
    assert len(rows) == 1000
    assert np.isin(rows, ROWS[positive]).sum() == kept
    assert weights.sum() == pytest.approx(10_000)


def test_the_seed_decides() -> None:
    one, again = (training_sample(ROWS, POSITIVE, 500, seed=3)[0] for _ in range(2))
    assert one.tolist() == again.tolist()
    assert training_sample(ROWS, POSITIVE, 500, seed=4)[0].tolist() != one.tolist()


def test_a_uniform_sample_is_a_part_of_the_rows() -> None:
    rows = uniform_sample(ROWS, 100, seed=0)
    assert len(np.unique(rows)) == 100
    assert np.isin(rows, ROWS).all()
