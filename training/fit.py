"""Boosted trees: rows binned once, then one booster a head over those of whom the head's label is known."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.contract import FeatureColumn
from features.errors import BadInputError
from features.reading import nearest
from training.dataset import Examples
from training.sample import training_sample

Floats = NDArray[np.float64]

ROUNDS_MOST, PATIENCE = 1000, 30
ROUNDS_UNWATCHED = 100
"""Where too few positives are held back to tell when to stop."""
WATCHED_POSITIVES = 10
NEGATIVES_A_POSITIVE, NEGATIVES_LEAST = 20, 10_000
"""More of them tell hardly more, and cost as much as the first."""
LEAVES_LEAST, LEAVES_MOST = 4, 15
OUTCOMES_A_LEAF = 50
"""Of the rarer kind: with fewer, larger trees tell more of chance than of customers."""
FEATURES_A_TREE = 60
"""Drawn anew for each; between a fifth and half of all."""
CELLS_A_THREAD = 5_000_000
"""LightGBM's threads wait for each other at every node: with fewer cells that costs more than it gains."""


def options(columns: Sequence[FeatureColumn], monotone: Mapping[str, int], seed: int) -> dict[str, Any]:
    """The usual settings, and the direction in which an answer may go with each feature.

    Raises BadInputError when `monotone` names a feature that is not among the columns, or not a number.
    """
    numbers = [column.name for column in columns if column.categories is None]
    for name in monotone:
        if name not in numbers:
            raise BadInputError(f"training.monotone: no numeric feature {name!r}{nearest(name, numbers)}")
    directions = [monotone.get(column.name, 0) for column in columns] if monotone else None
    return {**usual(len(columns), seed), "monotone_constraints": directions}


def usual(columns: int, seed: int) -> dict[str, Any]:
    """LightGBM's settings: log loss without reweighting, so that probabilities stay probabilities.

    Strong shrinkage and smoothing suit noisy tables with rare positives. How large trees are and how they are
    cut is for `growth_for` to say, where nobody chose it.
    """
    return {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": 0.06,
        # Rare outcomes do not tell finer cuts apart, and each costs time at every leaf.
        "max_bin": 63,
        "min_data_in_leaf": 50,
        "feature_fraction": min(0.5, max(0.2, FEATURES_A_TREE / max(columns, 1))),
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 20.0,
        "path_smooth": 10.0,
        "feature_pre_filter": False,
        # LightGBM 4.7 reads bundled columns of some of the rows amiss: a failed check at best, or a crash.
        "enable_bundle": False,
        "deterministic": True,
        "force_col_wise": True,
        "seed": seed,
        "verbosity": -1,
    }


def leaves_for(labels: Floats, customer: NDArray[np.int64]) -> int:
    """How many leaves suit labels of shape (rows,), NaN unknown: as many as the rarer outcome can fill.

    Customers count, by their numbers (rows,): of snapshots whose windows overlap several tell one outcome.
    """
    rarer = min(len(np.unique(customer[labels == outcome])) for outcome in (0, 1))
    return min(max(rarer // OUTCOMES_A_LEAF, LEAVES_LEAST), LEAVES_MOST)


def growth_for(labels: Floats, customer: NDArray[np.int64]) -> dict[str, Any]:
    """LightGBM's settings of how trees grow that suit labels (rows,) of customers by number (rows,).

    Outcomes too few for the largest trees are too few to tell the best cut of a column from a lucky one:
    cuts are then drawn (extremely randomized trees, Geurts, Ernst & Wehenkel 2006, section 2).
    """
    leaves = leaves_for(labels, customer)
    return {"num_leaves": leaves, "extra_trees": leaves < LEAVES_MOST}


def growth_with(settings: Mapping[str, Any], labels: Floats, customer: NDArray[np.int64]) -> dict[str, Any]:
    """As `growth_for` has it of the same labels and customers, except what the settings say themselves."""
    return {name: settings.get(name, own) for name, own in growth_for(labels, customer).items()}


def bin_rows(
    examples: Examples,
    columns: Sequence[FeatureColumn],
    settings: Mapping[str, Any],
    like: lgb.Dataset | None = None,
) -> lgb.Dataset:
    """Rows ready to learn from, or to watch over learning: those are cut into the same bins (`like`)."""
    return lgb.Dataset(
        examples.matrix,
        label=np.zeros(len(examples.matrix)),
        weight=examples.weights,
        reference=like,
        feature_name=[column.name for column in columns],
        categorical_feature=[column.name for column in columns if column.categories is not None],
        params=dict(settings),
    ).construct()


def threads(matrix: Floats) -> int:
    """How many threads a matrix of shape (rows, columns) is worth; the result does not depend on it."""
    return min(max(matrix.size // CELLS_A_THREAD, 1), os.cpu_count() or 1)


def fit_head(
    rows: lgb.Dataset,
    labels: Floats,
    settings: Mapping[str, Any],
    watched: tuple[lgb.Dataset, Floats] | None = None,
    rounds: int = ROUNDS_UNWATCHED,
) -> lgb.Booster:
    """A booster of one head, from rows whose label is not NaN.

    It stops when the log loss of the `watched` rows has not improved for a while; without them, or with too
    few positives among them, after `rounds`. Where settings do not say how trees grow, each row counts as a
    customer.
    """
    train = _sampled(rows, labels, settings["seed"])
    settings = {**growth_for(labels, np.arange(len(labels))), **settings}
    if watched is None or np.nansum(watched[1]) < WATCHED_POSITIVES:
        return _bare(lgb.train(settings, train, rounds))
    stopping = lgb.early_stopping(PATIENCE, verbose=False)
    return _bare(
        lgb.train(
            settings,
            train,
            ROUNDS_MOST,
            valid_sets=[_sampled(*watched, settings["seed"])],
            callbacks=[stopping],
        )
    )


def _sampled(rows: lgb.Dataset, labels: Floats, seed: int) -> lgb.Dataset:
    """Rows to learn from or to watch: of many negatives to a positive a part, each standing for several.

    Watching all would cost more than learning: every round is told of every watched row.
    """
    known = np.flatnonzero(~np.isnan(labels))
    positive = labels[known] == 1
    most = positive.sum() + max(NEGATIVES_A_POSITIVE * positive.sum(), NEGATIVES_LEAST)
    chosen, weights = training_sample(known, positive, most, seed)
    stood_for = rows.get_weight()  # None where every row stands for itself
    sampled = rows.subset(chosen.tolist()).construct().set_label(labels[chosen])
    return sampled.set_weight(weights if stood_for is None else weights * stood_for[chosen])


def _bare(booster: lgb.Booster) -> lgb.Booster:
    """The same trees up to the best round, without the training data."""
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration))
