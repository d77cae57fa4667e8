"""Boosted trees small and slow enough for the weak signal of a trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import lightgbm as lgb
import numpy as np

from training.fit import threads
from training.uplift.trial import Floats, Trial

Objective = Literal["binary", "regression", "none"]
Slopes = Callable[[Floats, lgb.Dataset], tuple[Floats, Floats]]
"""Of raw scores, shape (rows,): the loss's first and second derivatives."""

LEAF_SHARE: Final = 0.02
"""A leaf holds at least this share of the rows: the difference between arms needs many in each."""
LEAF_ROWS_LEAST: Final = 20
FEATURES_A_TREE: Final = 60
SMOOTHING: Final = 20.0


@dataclass(frozen=True)
class Trees:
    """How large a booster may grow."""

    leaves: int
    rounds: int
    learning_rate: float = 0.05


OUTCOME: Final = Trees(leaves=4, rounds=60)
"""An outcome, given the arm: its signal is the stronger one."""
EFFECT: Final = Trees(leaves=4, rounds=60, learning_rate=0.03)
"""The difference between arms: several times weaker, so shallower and shrunk more."""


def boost(
    trial: Trial,
    target: Floats,
    objective: Objective,
    trees: Trees,
    seed: int,
    *,
    weight: Floats | None = None,
    start: Floats | None = None,
) -> lgb.Booster:
    """A booster of `target` (rows,), from the trial's matrix; log loss or squared error.

    `start` (rows,) are log-odds to begin from: the booster then tells only what is to be added to them.
    """
    settings = _settings(trial, objective, trees, seed)
    rows = _rows(trial, target, settings, weight, start)
    return _bare(lgb.train(settings, rows, trees.rounds))


def boost_with(settings: dict[str, Any], trial: Trial, target: Floats, rounds: int) -> lgb.Booster:
    """A booster of `target` (rows,) with LightGBM's settings as given."""
    return _bare(lgb.train(settings, _rows(trial, target, settings), rounds))


def boost_by(slopes: Slopes, trial: Trial, trees: Trees, seeds: Sequence[int]) -> list[lgb.Booster]:
    """A booster a seed of whatever loss has these slopes; they start from zero."""
    settings = _settings(trial, "none", trees, seeds[0])
    rows = _rows(trial, trial.outcome, settings)
    settings |= {"objective": slopes}
    return [_bare(lgb.train({**settings, "seed": seed}, rows, trees.rounds)) for seed in seeds]


def _rows(
    trial: Trial,
    target: Floats,
    settings: dict[str, Any],
    weight: Floats | None = None,
    start: Floats | None = None,
) -> lgb.Dataset:
    return lgb.Dataset(
        trial.matrix,
        label=target,
        weight=weight,
        init_score=start,
        feature_name=list(trial.names) or "auto",
        categorical_feature=list(trial.categorical),
        params=settings,
        free_raw_data=False,
    )


def _bare(booster: lgb.Booster) -> lgb.Booster:
    """The same trees, without the data."""
    return lgb.Booster(model_str=booster.model_to_string())


def _settings(trial: Trial, objective: Objective, trees: Trees, seed: int) -> dict[str, Any]:
    rows, columns = trial.matrix.shape
    return {
        "objective": objective,
        "learning_rate": trees.learning_rate,
        "num_leaves": trees.leaves,
        "min_data_in_leaf": max(LEAF_ROWS_LEAST, round(LEAF_SHARE * rows)),
        "feature_fraction": min(0.8, max(0.2, FEATURES_A_TREE / max(columns, 1))),
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "path_smooth": SMOOTHING,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }


def predicted(booster: lgb.Booster, matrix: Floats, *, raw_score: bool = False) -> Floats:
    """The booster's answers, shape (rows,)."""
    if not len(matrix):
        return np.empty(0)
    return np.asarray(booster.predict(matrix, raw_score=raw_score, num_threads=threads(matrix)))
