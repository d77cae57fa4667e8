"""Concepts against boosters whose contributions are known by construction."""

import lightgbm as lgb
import numpy as np
import pytest

from features.contract import Calibration, FeatureColumn
from features.spec import Product
from training.card.concepts import concept_facts
from training.heads import FittedHead

RANDOM = np.random.default_rng(0)
ROWS = 4000
PRODUCTS = {"card": Product()}
NAMES = ("balances_last_card", "holdings_held_card", "never_heard_of")
COLUMNS = tuple(FeatureColumn(name=name) for name in NAMES)


def booster(outcome: np.ndarray, matrix: np.ndarray) -> lgb.Booster:
    names = [f"c{place}" for place in range(matrix.shape[1])]
    settings = {"objective": "regression", "verbosity": -1, "num_threads": 1, "max_depth": 1}
    return lgb.train(settings, lgb.Dataset(matrix, outcome, feature_name=names), 200)


def head(found: lgb.Booster | None, control: lgb.Booster | None = None) -> FittedHead:
    return FittedHead("card", found, Calibration(kind="identity"), 0.1, 100, control=control)


def shares(*heads: FittedHead, columns: tuple[FeatureColumn, ...] = COLUMNS) -> dict[str, float]:
    found = concept_facts(heads, columns, MATRIX[:, : len(columns)], PRODUCTS)
    return {one.name: one.share for one in found}


MATRIX = RANDOM.uniform(-1, 1, size=(ROWS, 3))
ADDED = booster(MATRIX @ [3.0, 1.0, 0.0], MATRIX)
"""Trees of one split are additive: the first column moves three times as far as the second."""


def test_shares_are_those_built_in_the_largest_first() -> None:
    found = shares(head(ADDED))
    assert list(found) == ["balances", "holdings"]
    assert found["balances"] == pytest.approx(0.75, abs=0.03)
    assert sum(found.values()) == pytest.approx(1)


def test_what_no_phrase_knows_is_other_and_heads_count_alike() -> None:
    found = shares(head(ADDED), head(booster(100 * MATRIX[:, 2], MATRIX)), head(None))
    assert found["other"] == pytest.approx(0.5, abs=0.01)


def test_features_of_one_concept_that_cancel_move_nothing() -> None:
    columns = (
        FeatureColumn(name="balances_last_card"),
        FeatureColumn(name="balances_total_last"),
        COLUMNS[1],
    )
    matrix = MATRIX.copy()
    matrix[:, 1] = -matrix[:, 0]
    both = booster(matrix[:, 0] + matrix[:, 2], matrix)
    found = concept_facts([head(both, booster(matrix[:, 0], matrix))], columns, matrix, PRODUCTS)
    assert found[0].name == "holdings"
    assert found[0].share > 0.9


def test_a_comparison_counts_by_halves_for_what_it_compares() -> None:
    columns = (*COLUMNS[:2], FeatureColumn(name="compared", compares=NAMES[:2]))
    found = shares(head(booster(MATRIX[:, 2], MATRIX)), columns=columns)
    assert found == {"balances": pytest.approx(0.5), "holdings": pytest.approx(0.5)}


def test_the_strongest_features_are_named_with_their_shares_among_all() -> None:
    names = [f"balances_last_card_{place}" for place in range(5)]
    matrix = RANDOM.uniform(-1, 1, size=(ROWS, 5))
    found = concept_facts(
        [head(booster(matrix @ [5.0, 4.0, 3.0, 2.0, 1.0], matrix))],
        tuple(FeatureColumn(name=name) for name in names),
        matrix,
        {},
    )
    [only] = found
    assert list(only.features) == names[:3]
    assert only.features[names[0]] == pytest.approx(1 / 3, abs=0.03)


def test_base_rates_have_no_reasons() -> None:
    assert concept_facts([head(None)], COLUMNS, MATRIX, PRODUCTS) == ()
    assert concept_facts([head(ADDED)], COLUMNS, np.empty((0, 3)), PRODUCTS) == ()
