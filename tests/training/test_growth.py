"""Trees grow another way where training rows prove it, and never against what was fixed."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn
from training import growth, soup
from training.dataset import Dataset, Examples
from training.fit import options
from training.growth import OF_ONE_HEAD, with_growth

ROWS, NUMBERS = 3000, 12
COLUMNS = tuple(FeatureColumn(name=f"number_{place}") for place in range(NUMBERS))
SETTINGS = options(COLUMNS, {}, seed=0)


def dataset(*, by_level: bool, outcomes: float = 0.5) -> Dataset:
    """Who leaves depends on exact levels of a number, or a little on each of many, with much chance."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(ROWS, NUMBERS))
    odds = matrix.sum(axis=1) * 0.4 if not by_level else 6.0 * np.sign(np.sin(8 * matrix[:, 0]))
    labels = random.uniform(size=ROWS) < 1 / (1 + np.exp(-odds)) * 2 * outcomes
    whole = Examples(
        pa.table({"customer_id": np.arange(ROWS)}), matrix, labels[:, np.newaxis].astype(float), np.ones(ROWS)
    )
    return Dataset(COLUMNS, ("churn",), whole, (2400, 0, 300, ROWS - 2700))


def test_many_weak_numbers_are_told_better_by_drawn_cuts() -> None:
    found = with_growth(dataset(by_level=False), SETTINGS, seed=0)
    assert found.settings == {**SETTINGS, "extra_trees": True}
    assert found.note.endswith("cuts drawn at random kept")


def test_cuts_are_not_drawn_for_heads_that_are_ranked_within_a_customer() -> None:
    one = dataset(by_level=False)
    twice = replace(one.everything, labels=np.repeat(one.everything.labels, 2, axis=1))
    found = with_growth(replace(one, heads=("card", "loan"), everything=twice), SETTINGS, seed=0)
    assert "extra_trees" not in found.settings
    assert "cuts drawn at random" not in found.note
    assert "lighter smoothing by" in found.note


def test_what_is_told_plainly_by_levels_needs_neither_chance_nor_smoothing() -> None:
    found = with_growth(dataset(by_level=True), SETTINGS, seed=0)
    assert found.settings == {**SETTINGS, **OF_ONE_HEAD["lighter smoothing"]}
    assert found.note.endswith("lighter smoothing kept")
    assert "cuts drawn at random by -" in found.note


def test_a_head_whose_cuts_are_drawn_already_is_not_compared_with_itself() -> None:
    data = dataset(by_level=False, outcomes=0.2)
    assert 300 < data.train.labels.sum() < 750
    assert "cuts drawn at random" not in with_growth(data, SETTINGS, seed=0).note
    assert with_growth(data, SETTINGS, seed=0, fixed={"lambda_l2"}).note == ""


def test_what_tuning_or_the_bank_fixed_stays() -> None:
    data = dataset(by_level=True)
    without = with_growth(data, SETTINGS, seed=0, fixed={"lambda_l2"})
    assert without.settings == SETTINGS
    assert "smoothing" not in without.note
    assert without.note.endswith("none kept")
    assert with_growth(data, SETTINGS, seed=0, fixed={"lambda_l2", "extra_trees"}).note == ""


def test_the_outcomes_of_the_test_do_not_matter() -> None:
    data = dataset(by_level=False)
    once = with_growth(data, SETTINGS, seed=0).note
    data.test.labels[:] = 1 - data.test.labels
    data.calibrate.labels[:] = 1 - data.calibrate.labels
    assert with_growth(data, SETTINGS, seed=0).note == once


def test_nothing_is_tried_with_few_outcomes_or_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rare = with_growth(dataset(by_level=False, outcomes=0.05), SETTINGS, seed=0)
    assert (rare.settings, rare.note) == (SETTINGS, "")
    monkeypatch.setattr(soup, "ROWS_MOST", 100)
    many = with_growth(dataset(by_level=False), SETTINGS, seed=0)
    assert (many.settings, many.note) == (SETTINGS, "")
    monkeypatch.setattr(soup, "ROWS_MOST", 2700)  # more than train, fewer than serve in the end
    assert with_growth(dataset(by_level=False), SETTINGS, seed=0).note == ""


def test_only_the_heads_with_most_positives_are_judged() -> None:
    rates = np.array([0.2, 0.01, 0.4, 0.3, 0.5, 0.6, np.nan])
    drawn = np.random.default_rng(0).uniform(size=(ROWS, len(rates))) < rates
    assert growth._judged(np.where(np.isnan(rates), np.nan, drawn)) == [2, 3, 4, 5]
