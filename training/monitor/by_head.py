"""Each head by itself: errors make up for each other in the whole, which hardly sees one of twelve."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from training.answers import Answers
from training.intervals import Interval
from training.metrics.discrimination import roc_auc, roc_auc_variance
from training.monitor.rows import Seen
from training.promotion.gates.calibration import learned, observed_by_head
from training.shares import sure
from training.stored import StoredModel

Floats = NDArray[np.float64]

EITHER_LEAST = 10
"""With fewer positives or negatives a ROC-AUC tells nothing that chance does not."""


@dataclass(frozen=True)
class ByHead:
    """Heads that learned and of which enough came true; the intervals of either figure hold at once.

    `times` is how many come true for each one that was promised, `roc_auc_fall` the ROC-AUC of the test less
    that of today.
    """

    times: Mapping[str, Interval]
    roc_auc_fall: Mapping[str, Interval]

    @property
    def names(self) -> list[str]:
        """The heads of which either is told."""
        return list(dict.fromkeys((*self.times, *self.roc_auc_fall)))


def by_head(stored: StoredModel, seen: Seen, labels: Floats, day: date) -> ByHead | None:
    """Hold each head's scores against `labels` (rows, heads) at one snapshot; None of a single head."""
    if len(stored.heads) == 1:
        return None
    now, heads = _answers(stored, seen, labels, day), learned(stored)
    return ByHead(
        times=observed_by_head(now, heads),
        roc_auc_fall=roc_auc_fall(stored.answers, now, heads) if stored.answers else {},
    )


def roc_auc_fall(then: Answers, now: Answers, heads: set[str]) -> dict[str, Interval]:
    """By how much the ROC-AUC of each of these heads fell since the newest snapshot of the test."""
    newest = then.take(then.snapshot == max(then.snapshot))
    both = {head: (_ranked(newest, head), _ranked(now, head)) for head in now.heads if head in heads}
    known = {head: (*old, *new) for head, (old, new) in both.items() if old and new}
    reach = float(norm.ppf((1 + sure(len(known))) / 2))
    found = {}
    for head, (before, chance_before, after, chance_after) in known.items():
        fall, off = before - after, reach * float(np.sqrt(chance_before + chance_after))
        found[head] = Interval(fall, fall - off, fall + off)
    return found


def _ranked(found: Answers, head: str) -> tuple[float, float] | None:
    """The ROC-AUC of one head and its variance; None with too few of either kind to tell."""
    if head not in found.heads:
        return None
    labels = found.labels[:, found.heads.index(head)]
    known = ~np.isnan(labels)
    labels, scores = labels[known], found.probabilities[known, found.heads.index(head)]
    if min(labels.sum(), len(labels) - labels.sum()) < EITHER_LEAST:
        return None
    return roc_auc(labels, scores), roc_auc_variance(labels, scores)


def _answers(stored: StoredModel, seen: Seen, labels: Floats, day: date) -> Answers:
    """What is answered at a snapshot, as a test keeps it."""
    return Answers(
        heads=tuple(head.name for head in stored.heads),
        customer=np.unique(seen.customers, return_inverse=True)[1],
        snapshot=np.full(len(labels), str(day), dtype=object),
        labels=np.where(np.isnan(seen.scores), np.nan, labels),
        probabilities=seen.scores,
        base_rates=np.array([head.base_rate for head in stored.heads]),
    )
