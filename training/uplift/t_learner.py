"""T-learner: a model of the outcome in each arm, and their difference."""

from training.uplift.trees import OUTCOME, boost
from training.uplift.trial import Effect, Trial


def t_learner(trial: Trial, seed: int) -> Effect:
    """Two boosters, one an arm (Künzel et al. 2019, "Metalearners for estimating heterogeneous treatment
    effects", section 2), each row weighted by one over the probability of its arm."""
    booster, control = (
        boost(arm, arm.outcome, "binary", OUTCOME, seed, weight=1 / arm.arm_probability)
        for arm in (trial.take(trial.treated), trial.take(~trial.treated))
    )
    return Effect(booster, control)
