"""Others' rankings: by plain response, and by each learner of causalml with LightGBM as it comes.

Of the three packages we found, causalml 0.18 is maintained and about uplift, and runs on NumPy 2 with
scikit-learn 1.9; econml 0.17 does too, but knows effects only; scikit-uplift 0.5.1 is of 2022.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.uplift.trees import OUTCOME, Trees, boost, predicted
from training.uplift.trial import Floats, Trial

Rival = Callable[[Trial, Trial, int], Floats]
"""Learns from the first trial, with a seed, and scores the rows of the second, shape (rows,)."""

TREES: Final = 50
LONG: Final = Trees(leaves=4, rounds=120)


def response(learn: Trial, held: Trial, seed: int) -> Floats:
    """Who responds, contacted or not: what a propensity ranks by."""
    return predicted(boost(learn, learn.outcome, "binary", OUTCOME, seed), held.matrix)


def long_response(learn: Trial, held: Trial, seed: int) -> Floats:
    """The same with twice the trees, which ranked men's visits best of several sizes in development."""
    return predicted(boost(learn, learn.outcome, "binary", LONG, seed), held.matrix)


def _meta(name: str, regress: bool = False) -> Rival:
    def rank(learn: Trial, held: Trial, seed: int) -> Floats:
        from causalml.inference import meta

        regressor = lgb.LGBMRegressor(verbosity=-1, n_jobs=1, random_state=seed)
        classifier = lgb.LGBMClassifier(verbosity=-1, n_jobs=1, random_state=seed)
        if name in ("BaseXClassifier", "BaseRClassifier"):
            given: dict[str, Any] = {"outcome_learner": classifier, "effect_learner": regressor}
            # Else its folds are drawn anew at every run, as the DR-learner's are without a seed.
            given |= {"random_state": seed} if name == "BaseRClassifier" else {}
        else:
            given = {"learner": regressor if regress else classifier}
        model = getattr(meta, name)(control_name="control", **given)
        outcome = learn.outcome if regress else learn.outcome.astype(int)
        # All by keyword: causalml is changing the order of its arguments, and warns of those given by place.
        drawn = {"seed": seed} if name == "BaseDRRegressor" else {}
        model.fit(X=learn.matrix, treatment=_arms(learn), y=outcome, p=pd.Series(learn.probability), **drawn)
        return np.asarray(model.predict(X=held.matrix, p=pd.Series(held.probability))).ravel()

    return rank


def uplift_forest(learn: Trial, held: Trial, seed: int) -> Floats:
    """causalml's random forest split by Kullback-Leibler divergence."""
    from causalml.inference.tree import UpliftRandomForestClassifier

    model = UpliftRandomForestClassifier("control", n_estimators=TREES, n_jobs=1, random_state=seed)
    model.fit(X=learn.matrix, treatment=_arms(learn), y=learn.outcome.astype(int))
    return np.asarray(model.predict(X=held.matrix)).ravel()


def causal_forest(learn: Trial, held: Trial, seed: int) -> Floats:
    """causalml's forest of causal trees."""
    from causalml.inference.tree import CausalRandomForestRegressor

    model = CausalRandomForestRegressor(n_estimators=TREES, min_samples_leaf=100, n_jobs=1, random_state=seed)
    model.fit(X=learn.matrix, treatment=learn.treated.astype(int), y=learn.outcome)
    return np.asarray(model.predict(X=held.matrix)).ravel()


def _arms(trial: Trial) -> NDArray[np.str_]:
    return np.where(trial.treated, "treatment", "control")


RIVALS: Final[Mapping[str, Rival]] = {
    "response": response,
    "response, 120 trees": long_response,
    "causalml S": _meta("BaseSClassifier"),
    "causalml T": _meta("BaseTClassifier"),
    "causalml X": _meta("BaseXClassifier"),
    "causalml R": _meta("BaseRClassifier"),
    "causalml DR": _meta("BaseDRRegressor", regress=True),
    "causalml uplift forest": uplift_forest,
    "causalml causal forest": causal_forest,
}
