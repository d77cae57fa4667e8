"""Cuts are drawn where that tells more of other customers, and sought where a level decides."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn
from training import cuts, soup
from training.cuts import with_cuts
from training.dataset import Dataset, Examples
from training.fit import options

ROWS, NUMBERS = 3000, 12
COLUMNS = tuple(FeatureColumn(name=f"number_{place}") for place in range(NUMBERS))
SETTINGS = options(COLUMNS, {}, seed=0)


def dataset(*, by_level: bool, outcomes: float = 0.5) -> Dataset:
    """Who leaves depends on two exact levels, or a little on each of many numbers, with much chance."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(ROWS, NUMBERS))
    odds = matrix.sum(axis=1) * 0.4 if not by_level else 6.0 * (np.abs(matrix[:, 0] - 0.5) < 0.3) - 3.0
    labels = random.uniform(size=ROWS) < 1 / (1 + np.exp(-odds)) * 2 * outcomes
    whole = Examples(
        pa.table({"customer_id": np.arange(ROWS)}), matrix, labels[:, np.newaxis].astype(float), np.ones(ROWS)
    )
    parts = [whole.slice(start, stop) for start, stop in pairwise([0, 2400, 2700, ROWS])]
    return Dataset(COLUMNS, ("churn",), whole, *parts)


def test_many_weak_numbers_are_told_better_by_drawn_cuts() -> None:
    found = with_cuts(dataset(by_level=False), SETTINGS, seed=0)
    assert found.settings == {**SETTINGS, "extra_trees": True}
    assert found.note.endswith("kept")


def test_an_exact_level_is_sought() -> None:
    found = with_cuts(dataset(by_level=True), SETTINGS, seed=0)
    assert found.settings == SETTINGS
    assert found.note.startswith("cuts drawn at random lower the log loss by -")
    assert found.note.endswith("left out")


def test_the_outcomes_of_the_test_do_not_matter() -> None:
    data = dataset(by_level=False)
    once = with_cuts(data, SETTINGS, seed=0).note
    data.test.labels[:] = 1 - data.test.labels
    data.calibrate.labels[:] = 1 - data.calibrate.labels
    assert with_cuts(data, SETTINGS, seed=0).note == once


def test_nothing_is_tried_with_few_outcomes_or_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rare = with_cuts(dataset(by_level=False, outcomes=0.05), SETTINGS, seed=0)
    assert (rare.settings, rare.note) == (SETTINGS, "")
    monkeypatch.setattr(soup, "ROWS_MOST", 100)
    many = with_cuts(dataset(by_level=False), SETTINGS, seed=0)
    assert (many.settings, many.note) == (SETTINGS, "")


def test_only_the_heads_with_most_positives_are_judged() -> None:
    random = np.random.default_rng(0)
    rates = np.array([0.2, 0.01, 0.4, 0.3, 0.5, 0.6, np.nan])
    labels = np.where(np.isnan(rates), np.nan, random.uniform(size=(ROWS, 7)) < rates)
    rows = Examples(pa.table({"customer_id": np.arange(ROWS)}), np.zeros((ROWS, 1)), labels, np.ones(ROWS))
    assert cuts._judged(rows) == [2, 3, 4, 5]
