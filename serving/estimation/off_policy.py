"""What another policy would have earned, from decisions logged with the probability of what was chosen.

Terms of importance weights w = (new policy's probability of the logged choice) / (the logged probability).
Intervals are by customer, whose decisions hang together.
"""

from dataclasses import dataclass

import numpy as np

from serving.estimation.intervals import Interval, Places, mean_by_customer
from serving.estimation.logged import Numbers


@dataclass(frozen=True)
class Predicted:
    """A model's reward, shape (decisions,) each: of the logged choice, and mean over the new policy's choice.

    The model must not have learnt from the customer whose reward it predicts.
    """

    logged: Numbers
    new: Numbers


def effective_sample_size(weights: Numbers) -> float:
    """How many decisions of the new policy's own would tell as much: (sum w)**2 / sum w**2 (Kong 1992).

    Nothing of no weight at all.
    """
    squares = float(np.sum(weights**2))
    return float(np.sum(weights)) ** 2 / squares if squares > 0 else 0.0


def inverse_propensity(rewards: Numbers, weights: Numbers, customers: Places) -> Interval:
    """IPS: the mean of w × reward (Horvitz & Thompson 1952); unbiased."""
    return mean_by_customer(weights * rewards, customers)


def self_normalised(rewards: Numbers, weights: Numbers, customers: Places) -> Interval:
    """SNIPS: sum of w × reward / sum of w (Swaminathan & Joachims 2015), by the delta method.

    Slightly biased, and indifferent to a constant added to every reward. Some weight must be above 0.
    """
    value = float(np.sum(weights * rewards) / np.sum(weights))
    around = mean_by_customer(weights * (rewards - value) / np.mean(weights), customers)
    return Interval(value, value + around.low, value + around.high)


def doubly_robust(rewards: Numbers, weights: Numbers, predicted: Predicted, customers: Places) -> Interval:
    """DR: predicted under the new policy, corrected by w × the logged residual (Dudík et al. 2011).

    Unbiased whatever the model, and the narrower the better it predicts.
    """
    return mean_by_customer(doubly_robust_terms(rewards, weights, predicted), customers)


def doubly_robust_terms(rewards: Numbers, weights: Numbers, predicted: Predicted) -> Numbers:
    """Whose mean is the doubly robust estimate, shape (decisions,)."""
    return np.asarray(predicted.new + weights * (rewards - predicted.logged))
