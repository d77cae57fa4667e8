"""Boosters learn what is there, stay within constraints, and are the same on any number of threads."""

from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn
from features.errors import BadInputError
from training import fit
from training.dataset import Examples
from training.fit import ROUNDS_MOST, bin_rows, fit_head, growth_for, leaves_for, options, threads

COLUMNS = (
    FeatureColumn(name="balance"),
    FeatureColumn(name="visits"),
    FeatureColumn(name="city", categories=("bern", "oslo", "rome")),
)


def examples(rows: int = 4000, seed: int = 0, weights: np.ndarray | None = None) -> Examples:
    random = np.random.default_rng(seed)
    matrix = np.column_stack([random.normal(size=(rows, 2)), random.integers(0, 3, rows)])
    odds = matrix[:, 0] + 1.5 * (matrix[:, 2] == 1) - 2
    labels = (random.uniform(size=rows) < 1 / (1 + np.exp(-odds))).astype(float)
    return Examples(pa.table({}), matrix, labels[:, None], np.ones(rows) if weights is None else weights)


def fitted(rows: Examples, seed: int = 0, rounds: int = 40, **more: Any) -> lgb.Booster:
    settings = {**options(COLUMNS, {}, seed), "num_threads": 1, **more}
    return fit_head(bin_rows(rows, COLUMNS, settings), rows.labels[:, 0], settings, rounds=rounds)


@pytest.mark.parametrize(
    ("positives", "negatives", "expected"), [(9, 9000, 4), (400, 9000, 8), (9000, 400, 8), (3000, 9000, 15)]
)
def test_trees_are_as_large_as_the_rarer_outcome_can_fill(
    positives: int, negatives: int, expected: int
) -> None:
    labels = np.repeat([1.0, 0.0, np.nan], (positives, negatives, 500))
    assert leaves_for(labels, np.arange(len(labels))) == expected


def test_an_outcome_that_several_snapshots_tell_fills_no_more_leaves() -> None:
    labels, customer = np.repeat([1.0, 0.0], (1000, 9000)), np.arange(10_000)
    assert leaves_for(labels, customer) == 15
    assert leaves_for(labels, np.where(labels == 1, customer % 300, customer)) == 6


@pytest.mark.parametrize(("outcomes", "drawn"), [(700, True), (800, False)])
def test_cuts_are_drawn_where_outcomes_are_too_few_for_the_largest_trees(outcomes: int, drawn: bool) -> None:
    labels = np.repeat([1.0, 0.0], (outcomes, 9000))
    assert growth_for(labels, np.arange(len(labels)))["extra_trees"] is drawn


def test_few_outcomes_of_many_weak_numbers_are_told_better_by_drawn_cuts() -> None:
    random = np.random.default_rng(5)
    columns = tuple(FeatureColumn(name=f"number_{place}") for place in range(40))
    matrix = random.normal(size=(9000, len(columns)))
    chance = 1 / (1 + np.exp(3.5 - 0.25 * matrix.sum(axis=1)))
    labels = (random.uniform(size=len(matrix)) < chance).astype(float)[:, None]
    learnt, later = (
        Examples(pa.table({}), matrix[part], labels[part], np.ones(3000))
        for part in (slice(3000), slice(3000, 6000))
    )
    settings = {**options(columns, {}, seed=0), "num_threads": 1}
    rows = bin_rows(learnt, columns, settings)
    watched = (bin_rows(later, columns, settings, like=rows), later.labels[:, 0])

    def loss(**given: bool) -> float:
        booster = fit_head(rows, learnt.labels[:, 0], {**settings, **given}, watched)
        told, truth = booster.predict(matrix[6000:]), chance[6000:]
        return float(-np.mean(truth * np.log(told) + (1 - truth) * np.log1p(-told)))

    assert learnt.labels.sum() < 500
    assert loss() == loss(extra_trees=True) < loss(extra_trees=False)


def test_numbers_and_categories_are_learned_by_name() -> None:
    booster = fitted(examples())
    assert booster.feature_name() == ["balance", "visits", "city"]
    base, richer, oslo = booster.predict(np.array([[0, 0, 0], [2, 0, 0], [0, 0, 1]], dtype=float))
    assert richer > base + 0.1
    assert oslo > base + 0.1
    assert "cat_threshold" in booster.model_to_string()


def test_the_same_on_any_number_of_threads() -> None:
    def trees(number: int) -> str:
        return fitted(examples(), num_threads=number).model_to_string().split("end of trees")[0]

    assert trees(1) == trees(2)
    assert trees(1) != fitted(examples(), seed=1).model_to_string().split("end of trees")[0]


def test_rows_without_a_label_are_not_learned_from() -> None:
    rows, settings = examples(), {**options(COLUMNS, {}, 0), "num_threads": 1}
    binned = bin_rows(rows, COLUMNS, settings)
    labels = rows.labels[:, 0].copy()
    labels[::2] = np.nan
    others = Examples(rows.keys, rows.matrix[1::2].copy(), rows.labels[1::2], rows.weights[1::2])
    alone = fit_head(bin_rows(others, COLUMNS, settings, like=binned), labels[1::2], settings, rounds=20)
    assert fit_head(binned, labels, settings, rounds=20).model_to_string() == alone.model_to_string()


def test_weighted_rows_give_the_probabilities_of_all_rows() -> None:
    everything = examples(40_000)
    label = everything.labels[:, 0]
    kept = (label == 1) | (np.arange(40_000) % 10 == 0)
    weights = np.where(label == 1, 1.0, 10.0)[kept]
    some = Examples(pa.table({}), everything.matrix[kept], everything.labels[kept], weights)
    predicted = fitted(some, rounds=100).predict(everything.matrix)
    assert np.mean(predicted) == pytest.approx(label.mean(), rel=0.05)


def test_leaving_out_negatives_leaves_probabilities_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = examples(20_000)
    whole = fitted(rows, rounds=100).predict(rows.matrix)
    monkeypatch.setattr(fit, "NEGATIVES_LEAST", 100)
    monkeypatch.setattr(fit, "NEGATIVES_A_POSITIVE", 1)
    some = fitted(rows, rounds=100).predict(rows.matrix)
    assert (some != whole).any()
    assert np.mean(some) == pytest.approx(rows.labels.mean(), rel=0.05)
    assert np.abs(some - whole).mean() < 0.03


def test_learning_stops_when_watched_rows_no_longer_gain() -> None:
    rows, later = examples(2000), examples(2000, seed=1)
    settings = {**options(COLUMNS, {}, 0), "num_threads": 1}
    binned = bin_rows(rows, COLUMNS, settings)
    watched = bin_rows(later, COLUMNS, settings, like=binned)
    booster = fit_head(binned, rows.labels[:, 0], settings, (watched, later.labels[:, 0]))
    assert 10 < booster.num_trees() < ROUNDS_MOST / 2


def test_too_few_watched_positives_do_not_decide() -> None:
    rows = examples(2000)
    settings = {**options(COLUMNS, {}, 0), "num_threads": 1}
    binned = bin_rows(rows, COLUMNS, settings)
    watched = bin_rows(examples(100), COLUMNS, settings, like=binned)
    booster = fit_head(binned, rows.labels[:, 0], settings, (watched, np.zeros(100)), rounds=7)
    assert booster.num_trees() == 7


def test_a_monotone_feature_never_lowers_the_score() -> None:
    rows = examples(1000)
    settings = {**options(COLUMNS, {"visits": -1}, 0), "num_threads": 1}
    booster = fit_head(bin_rows(rows, COLUMNS, settings), rows.labels[:, 0], settings, rounds=200)
    grid = np.column_stack([np.zeros(200), np.linspace(-3, 3, 200), np.zeros(200)])
    assert (np.diff(booster.predict(grid)) <= 0).all()
    free = fitted(rows, rounds=200)
    assert (np.diff(free.predict(grid)) > 0).any()


def test_an_unknown_monotone_feature_is_refused_with_the_nearest_known() -> None:
    with pytest.raises(BadInputError, match=r"no numeric feature 'balanse'; did you mean 'balance'"):
        options(COLUMNS, {"balanse": 1}, 0)
    with pytest.raises(BadInputError, match="no numeric feature 'city'"):
        options(COLUMNS, {"city": 1}, 0)


def test_small_matrices_take_one_thread() -> None:
    assert threads(np.empty((1000, 20))) == 1
