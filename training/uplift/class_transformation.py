"""Class transformation: one model of whether the outcome went the way that treatment should push it."""

import numpy as np

from training.uplift.trees import EFFECT, boost
from training.uplift.trial import Effect, Trial


def class_transformation(trial: Trial, seed: int) -> Effect:
    """One booster of z, "treated with the outcome, or control without": uplift = 2 P(z | x) - 1.

    Jaskowski & Jaroszewicz 2012, "Uplift modeling for clinical trial data", section 3, asks for arms of equal
    size; rows weighted by one over the probability of their arm have it.
    """
    went_along = np.where(trial.treated, trial.outcome, 1 - trial.outcome)
    weight = 0.5 / trial.arm_probability
    return Effect(boost(trial, went_along, "binary", EFFECT, seed, weight=weight), scale=2.0, shift=-1.0)
