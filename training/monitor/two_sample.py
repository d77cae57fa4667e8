"""Whether a classifier tells newest customers from training's: the classifier two-sample test.

Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests", section 3, with the ROC-AUC in place of the
accuracy. Nobody is told apart by who they are: a customer's rows are held out together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from features.contract import FeatureColumn
from training.fit import threads
from training.intervals import Interval, draw_customers, interval
from training.metrics.drawn import Scored, drawn_metrics
from training.monitor.drift import ALLOWED_TIMES, Before
from training.monitor.rows import Seen

Floats = NDArray[np.float64]

ROWS_A_SIDE, FOLDS, ROUNDS, DRAWS, NAMED = 3000, 5, 60, 200, 10
SETTINGS: Final[dict[str, Any]] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.1,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.3,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class ToldApart:
    """ROC-AUC on rows held out, and by which columns: shares of the classifier's gain, the largest first.

    `usual` is the ROC-AUC that training's own pace leads to by now, 0.5 where it has a single snapshot.
    """

    auc: Interval
    usual: float
    columns: tuple[tuple[str, float], ...]

    def beyond(self, most: float) -> bool:
        """Whether they are told apart too well, by more than chance."""
        return self.auc.low > max(most, self.usual)


def told_apart(
    columns: Sequence[FeatureColumn], before: Before, now: Seen, names: set[str], *, pace: float, seed: int
) -> ToldApart | None:
    """Tell `now` from training's by the columns in `names`; None without a column or enough customers."""
    places = [place for place, column in enumerate(columns) if column.name in names]
    coded = [at for at, place in enumerate(places) if columns[place].categories is not None]
    whole, halves = before.whole, before.halves
    if not places or min(whole.number, now.number) < 2 * FOLDS:
        return None
    auc, gain = _test(whole, now, places, coded, seed)
    order = [at for at in np.argsort(-gain, kind="stable")[:NAMED] if gain[at] > 0]
    named = tuple((columns[places[at]].name, float(gain[at])) for at in order)
    usual = _extrapolated(_test(*halves, places, coded, seed)[0].value, pace) if halves else 0.5
    return ToldApart(auc, usual, named)


def _extrapolated(auc: float, pace: float) -> float:
    """The ROC-AUC of two normals that many times further apart, within bounds as a column's limit is.

    Green & Swets 1966: d' = √2 Φ⁻¹(AUC).
    """
    distance = float(norm.ppf(np.clip(auc, 0.5, 1 - 1e-9)))
    return float(norm.cdf(distance * np.clip(pace, 1.0, ALLOWED_TIMES)))


def _test(
    old: Seen, new: Seen, places: Sequence[int], coded: Sequence[int], seed: int
) -> tuple[Interval, Floats]:
    """The ROC-AUC over all folds, and each column's share of the gain."""
    random = np.random.default_rng(seed)
    sides = [side.take(np.sort(random.permutation(len(side.customers))[:ROWS_A_SIDE])) for side in (old, new)]
    matrix = np.concatenate([side.matrix[:, places] for side in sides])
    label = np.repeat([0.0, 1.0], [len(side.customers) for side in sides])
    names, customer = np.unique(np.concatenate([side.customers for side in sides]), return_inverse=True)
    fold = random.integers(FOLDS, size=len(names))[customer]
    answered, gain = np.full(len(label), label.mean()), np.zeros(len(places))
    settings = {**SETTINGS, "seed": seed, "num_threads": threads(matrix)}
    for one in range(FOLDS):
        rows, held_out = fold != one, fold == one
        if held_out.any() and 0 < label[rows].sum() < rows.sum():
            data = lgb.Dataset(matrix[rows], label[rows], categorical_feature=list(coded), params=settings)
            booster = lgb.train(settings, data, ROUNDS)
            answered[held_out] = np.asarray(booster.predict(matrix[held_out]))
            gain += booster.feature_importance("gain")
    draws = draw_customers(len(names), DRAWS, seed)
    scored = Scored(customer, label[:, None], answered[:, None], label.mean(keepdims=True))
    return interval(drawn_metrics(scored, draws)["roc_auc"]), gain / max(gain.sum(), 1e-300)
