"""From a booster's probabilities to calibrated ones: a monotone map, exported as numbers."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from features.contract import Calibration

Floats = NDArray[np.float64]

ISOTONIC_POSITIVES = 1000
"""With fewer, isotonic regression fits noise: Platt's two numbers do better."""

PLATT_POSITIVES = 10
"""With fewer, not even these two can be told: the booster's probabilities stay as they are."""


SLOPE_MOST = 4.0
"""Of log-odds that hardly differ any slope fits, and multiplies what little another fit moves them by.

Slopes of boosters that learned something lie between 0.5 and 2."""


def calibrate(raw: Floats, labels: Floats) -> Calibration:
    """The map from `raw` probabilities to calibrated ones, both of shape (rows,), labels 0.0 or 1.0."""
    rarer = min(labels.sum(), len(labels) - labels.sum())
    if rarer < PLATT_POSITIVES:
        return Calibration(kind="identity")
    return isotonic(raw, labels) if rarer >= ISOTONIC_POSITIVES else platt(raw, labels)


def isotonic(raw: Floats, labels: Floats) -> Calibration:
    """Isotonic regression whose blocks are joined at their centres, from (0, 0) to (1, 1).

    Steps would tie customers that the booster ranks; lines between block centres keep the ranking (centered
    isotonic regression, Oron & Flournoy 2017, section 2.2). Each block counts one customer of the base rate
    more, so that none is certain; one that this lifts no higher than the block before is passed over.
    """
    stepped = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(raw, labels)
    _, block = np.unique(stepped, return_inverse=True)
    size = np.bincount(block)
    centre = np.bincount(block, raw) / size
    height = (np.bincount(block, labels) + labels.mean()) / (size + 1)
    rises = height > np.concatenate([[0.0], np.maximum.accumulate(height)[:-1]])
    kept = rises & (centre > 0.0) & (centre < 1.0)
    x, y = (np.concatenate([[0.0], values[kept], [1.0]]) for values in (centre, height))
    return Calibration(kind="isotonic", x=tuple(x.tolist()), y=tuple(y.tolist()))


def platt(raw: Floats, labels: Floats) -> Calibration:
    """Platt scaling on log-odds, with Platt's own smoothed targets (Platt 1999, section 2.2).

    Where the booster ranks no better than chance, the slope is 0 and the answer the base rate. None is
    steeper than `SLOPE_MOST`: of that slope the intercept keeps the mean.
    """
    positives = labels.sum()
    high, low = (positives + 1) / (positives + 2), 1 / (len(labels) - positives + 2)
    target = np.where(labels == 1, high, low)
    odds = log_odds(raw).reshape(-1, 1)
    # A target between 0 and 1 is one row of each class, weighted.
    model = LogisticRegression(C=np.inf).fit(
        np.concatenate([odds, odds]),
        np.repeat([1, 0], len(labels)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope <= 0:
        slope, intercept = 0.0, float(log_odds(target.mean(keepdims=True))[0])
    elif slope > SLOPE_MOST:
        slope, intercept = SLOPE_MOST, _intercept(SLOPE_MOST * odds[:, 0], float(target.mean()))
    return Calibration(kind="platt", slope=slope, intercept=intercept)


def _intercept(odds: Floats, mean: float) -> float:
    """What to add to log-odds (rows,) for probabilities of this mean."""
    far = 50.0  # log-odds of certainty
    return float(brentq(lambda more: expit(odds + more).mean() - mean, -odds.max() - far, far - odds.min()))


def log_odds(probability: Floats) -> Floats:
    """log(p / (1 - p)), as `Calibration.apply` takes it."""
    return np.asarray(logit(np.clip(probability, 1e-12, 1 - 1e-12)))
