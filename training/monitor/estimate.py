"""What a model's probabilities promise of its own performance, before anybody knows what came true.

Confidence-based performance estimation (Guerra Bialek et al. 2024, "Estimating model performance under
covariate shift without labels", section 3; the form that NannyML made known): if of those given a
probability p a share p comes true, then each row is p of one that does and 1 - p of one that does not, and
any figure over them can be expected. It assumes that calibration still holds: it sees customers change,
never what their features mean. Compare it with `outcomes`, which waits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.intervals import Interval, interval

Floats = NDArray[np.float64]

DRAWS = 200
CONTACTED = 0.10


@dataclass(frozen=True)
class Expected:
    """Figures to be expected of known (row, head) pairs pooled; intervals are of what may come true."""

    rows: int
    rate: Interval
    roc_auc: Interval
    lift_at_10pct: Interval


def expected(scores: Floats, seed: int) -> Expected | None:
    """What calibrated probabilities (rows, heads) promise, NaN unknown; None without any to rank.

    The value is over all outcomes that they make likely; the interval draws outcomes, since what is seen
    later will be one of them.
    """
    ordered = _ordered(scores)
    if ordered is None:
        return None
    random, ends = np.random.default_rng(seed), _ends(ordered)
    outcomes = [ordered, *((random.uniform(size=len(ordered)) < ordered).astype(float) for _ in range(DRAWS))]
    figures = np.array([_figures(outcome, ends) for outcome in outcomes]).T
    rate, auc, lift = (interval(one) for one in figures)
    return Expected(len(ordered), rate, auc, lift)


def promised(scores: Floats) -> tuple[float, float] | None:
    """The rate and the lift alone, without intervals; None without any to rank."""
    ordered = _ordered(scores)
    if ordered is None:
        return None
    rate, _, lift = _figures(ordered, _ends(ordered))
    return rate, lift


def scaled(found: Interval, by: float) -> Interval:
    """So many times the figure and its ends."""
    return Interval(found.value * by, found.low * by, found.high * by)


def _ordered(scores: Floats) -> Floats | None:
    """Known probabilities, falling; None where they rank nobody."""
    chances = scores[~np.isnan(scores)]
    if not len(chances) or not 0 < chances.sum() < len(chances):
        return None
    return np.asarray(-np.sort(-chances))


def _ends(ordered: Floats) -> NDArray[np.int64]:
    """The last place of each run of equal ones."""
    return np.flatnonzero(np.append(np.diff(ordered) != 0, True))


def _figures(outcome: Floats, ends: NDArray[np.int64]) -> tuple[float, float, float]:
    """Rate, ROC-AUC and lift of outcomes in [0, 1], by falling score whose ties end at `ends`."""
    true = np.concatenate([[0.0], np.cumsum(outcome)[ends]])
    taken = np.concatenate([[0.0], ends + 1.0])
    positives, rows = true[-1], taken[-1]
    if not 0 < positives < rows:
        return positives / rows, float("nan"), float("nan")
    area = float((np.diff(taken - true) * (true[1:] + true[:-1]) / 2).sum())
    auc = area / (positives * (rows - positives))
    lift = float(np.interp(CONTACTED * rows, taken, true)) / positives / CONTACTED
    return positives / rows, auc, lift
