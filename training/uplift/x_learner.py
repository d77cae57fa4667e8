"""X-learner: each arm's outcome compared with what the other arm's model expects of it."""

import numpy as np

from training.uplift.t_learner import t_learner
from training.uplift.trees import EFFECT, boost, predicted
from training.uplift.trial import Effect, Trial


def x_learner(trial: Trial, seed: int) -> Effect:
    """One booster of imputed effects (Künzel et al. 2019, section 2, equations 9 to 11).

    The paper fits effects in each arm and averages them with weights g and 1 - g, g being the probability p
    of treatment. Fitted together, treated rows weighted (1 - p) / p and control rows p / (1 - p), one booster
    has the same expectation: treated rows make up p of all.
    """
    outcomes = t_learner(trial, seed)
    assert outcomes.control is not None
    treated, control = (predicted(one, trial.matrix) for one in (outcomes.booster, outcomes.control))
    imputed = np.where(trial.treated, trial.outcome - control, treated - trial.outcome)
    weight = 1 / trial.arm_probability - 1
    return Effect(boost(trial, imputed, "regression", EFFECT, seed, weight=weight))
