"""DR-learner: effects corrected by what the outcome models missed, each on rows they did not learn from."""

from typing import Final

import numpy as np

from training.uplift.t_learner import t_learner
from training.uplift.trees import EFFECT, boost, predicted
from training.uplift.trial import Effect, Floats, Trial

FOLDS: Final = 3


def dr_learner(trial: Trial, seed: int) -> Effect:
    """One booster of doubly robust pseudo-outcomes, cross-fitted by customer, assignment probabilities known.

    Kennedy 2020, "Towards optimal doubly robust estimation of heterogeneous causal effects", algorithm 1.
    """
    return Effect(boost(trial, pseudo_outcomes(trial, seed), "regression", EFFECT, seed))


def pseudo_outcomes(trial: Trial, seed: int) -> Floats:
    """(t - p) / (p (1 - p)) (y - mu_t(x)) + mu_1(x) - mu_0(x), shape (rows,).

    Their mean, given x, is the uplift.
    """
    treated, control = np.empty(len(trial)), np.empty(len(trial))
    folds = trial.folds(FOLDS, seed)
    for fold in range(FOLDS):
        outcomes = t_learner(trial.take(folds != fold), seed)
        assert outcomes.control is not None
        rows = folds == fold
        treated[rows] = predicted(outcomes.booster, trial.matrix[rows])
        control[rows] = predicted(outcomes.control, trial.matrix[rows])
    missed = (trial.outcome - np.where(trial.treated, treated, control)) / trial.arm_probability
    return np.where(trial.treated, missed, -missed) + treated - control
