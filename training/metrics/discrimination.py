"""Whether those it happens to score higher than those it does not."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]


def roc_auc(labels: Floats, scores: Floats) -> float:
    """The chance that a positive scores above a negative; NaN without both."""
    return float(roc_auc_score(labels, scores)) if 0 < labels.sum() < len(labels) else float("nan")


def roc_auc_variance(labels: Floats, scores: Floats) -> float:
    """How far chance moves the ROC-AUC of rows of different customers, (rows,) each, with two of either kind.

    DeLong, DeLong & Clarke-Pearson 1988, by ranks (Sun & Xu 2014).
    """
    ranks, found = rankdata(scores), 0.0
    for side in (labels == 1, labels == 0):
        shares = (ranks[side] - rankdata(scores[side])) / (~side).sum()
        found += float(shares.var(ddof=1) / side.sum())
    return found


def average_precision(labels: Floats, scores: Floats) -> float:
    """Precision averaged over the positives, in order of score; NaN without any."""
    return float(average_precision_score(labels, scores)) if labels.sum() > 0 else float("nan")
