"""How many of those it happens to are reached by contacting the highest scores first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GainCurve:
    """`found` of the positives are among the `contacted` share with the highest scores; both rise 0 to 1."""

    contacted: Floats
    found: Floats

    def gain(self, share: float) -> float:
        """The share of positives reached by contacting `share` of the rows."""
        return float(np.interp(share, self.contacted, self.found))

    def lift(self, share: float) -> float:
        """How many times more positives that reaches than contacting at random."""
        return self.gain(share) / share


def gain_curve(labels: Floats, scores: Floats) -> GainCurve | None:
    """The cumulative gain curve; tied scores are contacted in random order. None without both classes."""
    positive = labels.mean() if len(labels) else 0.0
    if not 0 < positive < 1:
        return None
    negatives_found, found, _ = roc_curve(labels, scores, drop_intermediate=False)
    return GainCurve(positive * found + (1 - positive) * negatives_found, found)
