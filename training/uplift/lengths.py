"""How much of a booster to keep: all its lengths averaged, each by how well it foretells."""

import lightgbm as lgb
import numpy as np

from training.fit import threads
from training.uplift.trial import Floats


def weights(loss: Floats) -> Floats:
    """How much each of several answers weighs in their mean, shape (answers,), summing to 1.

    `loss` (answers, rows), of customers not learned from, the plainest answer first. One weighs e to the
    likelihood that it adds to the plainest one's, less the standard error of what it adds. This is
    pseudo-Bayesian model averaging, which Yao et al. 2018, "Using stacking to average Bayesian predictive
    distributions", section 3.4, tempers by half of that error; a whole one is the rule of Breiman et al.
    1984, section 3.4.3.
    """
    added = loss[0] - loss
    doubt = np.sqrt(loss.shape[1]) * added.std(axis=1)
    score = added.sum(axis=1) - doubt
    weight: Floats = np.exp(score - score.max())
    share: Floats = weight / weight.sum()
    return share


def kept(weight: Floats) -> Floats:
    """What is kept of the trees of each length when all lengths are averaged, shape (lengths,), falling.

    `weight` (lengths,), the shortest length first: a tree counts as much as the lengths that have it.
    """
    falling: Floats = np.cumsum(weight[::-1])[::-1]
    return falling


def log_loss(odds: Floats, outcome: Floats) -> Floats:
    """Of log-odds, shape (..., rows), the loss of each row."""
    return np.asarray(np.logaddexp(0, odds) - outcome * odds)


def prefix_scores(booster: lgb.Booster, matrix: Floats, steps: int, step: int) -> Floats:
    """Raw scores of the first 0, `step`, 2 `step` … trees: shape (steps + 1, rows)."""
    scores = np.zeros((steps + 1, len(matrix)))
    for one in range(steps):
        start = one * step
        scores[one + 1] = scores[one]
        if start < booster.num_trees():
            scores[one + 1] += np.asarray(
                booster.predict(
                    matrix,
                    raw_score=True,
                    start_iteration=start,
                    num_iteration=step,
                    num_threads=threads(matrix),
                )
            )
    return scores
