"""What came true after training: calibration and lift at snapshots whose label window is over."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from training.intervals import Interval, draw_customers, interval
from training.metrics.drawn import Scored, drawn_metrics
from training.monitor.by_head import ByHead

Floats = NDArray[np.float64]

DRAWS = 200
POSITIVES_LEAST = 10
"""With fewer, a snapshot tells nothing that chance does not."""


@dataclass(frozen=True)
class Outcome:
    """One snapshot's figures, all heads' known labels pooled; intervals are of 95 % of draws of customers.

    `times` is how many come true for each one that was promised; `by_head` tells heads apart, where there are
    several.
    """

    snapshot: date
    rows: int
    positives: int
    promised: float
    observed: float
    times: Interval
    roc_auc: Interval
    average_precision: Interval
    lift_at_10pct: Interval
    calibration_error: Interval
    by_head: ByHead | None = None


def outcome_at(
    snapshot: date, customers: NDArray[np.str_], labels: Floats, scores: Floats, seed: int
) -> Outcome | None:
    """Hold scores against labels, both (rows, heads); None with too few positives to tell."""
    known = ~np.isnan(labels) & ~np.isnan(scores)
    labels = np.where(known, labels, np.nan)
    positives = int(np.nansum(labels))
    if positives < POSITIVES_LEAST or positives == known.sum():
        return None
    names, place = np.unique(customers, return_inverse=True)
    draws = draw_customers(len(names), DRAWS, seed)
    rate = float(labels[known].mean())
    scored = Scored(place, labels, np.nan_to_num(scores), np.full(labels.shape[1], rate))
    found = drawn_metrics(scored, draws)
    true = draws @ np.bincount(place, np.nansum(labels, axis=1), minlength=draws.shape[1])
    said = draws @ np.bincount(place, np.where(known, scores, 0).sum(axis=1), minlength=draws.shape[1])
    return Outcome(
        snapshot=snapshot,
        rows=len(labels),
        positives=positives,
        promised=float(scores[known].mean()),
        observed=rate,
        times=interval(true / np.maximum(said, 1e-12)),
        roc_auc=interval(found["roc_auc"]),
        average_precision=interval(found["average_precision"]),
        lift_at_10pct=interval(found["lift_at_10pct"]),
        calibration_error=interval(found["calibration_error"]),
    )
