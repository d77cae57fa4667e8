"""A simple reward model for the doubly robust estimate: what an expected value came to, across folds."""

from typing import Final

import numpy as np

from serving.estimation.intervals import Places
from serving.estimation.logged import Numbers
from serving.estimation.off_policy import Predicted

FOLDS: Final = 5


def predict_rewards(rewards: Numbers, logged: Numbers, new: Numbers, customers: Places) -> Predicted:
    """Rewards as a line in expected value: of the logged choice, and on average of the new policy's.

    Shapes (decisions,); `logged` and `new` are those expected values, money. A customer's prediction is from
    a line fitted (least squares) without the fold that the customer is in. A line suffices: the average of
    predictions over a new policy's choices is the prediction of their average.
    """
    folds = customers % FOLDS
    own, others = np.zeros(len(rewards)), np.zeros(len(rewards))
    for fold in range(FOLDS):
        here = folds == fold
        level, slope = _line(logged[~here], rewards[~here])
        own[here], others[here] = level + slope * logged[here], level + slope * new[here]
    return Predicted(own, others)


def _line(expected: Numbers, rewards: Numbers) -> tuple[float, float]:
    if not len(rewards):
        return 0.0, 0.0
    spread = expected - expected.mean()
    squares = float(spread @ spread)
    slope = float(spread @ rewards) / squares if squares > 0 else 0.0
    return float(rewards.mean()) - slope * float(expected.mean()), slope
