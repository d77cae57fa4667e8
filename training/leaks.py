"""Columns that tell an outcome too well to have been known before it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.errors import GateError
from training.dataset import Dataset
from training.sample import uniform_sample

Floats = NDArray[np.float64]
Bins = NDArray[np.int64]

TOO_GOOD: Final = 0.99
"""ROC-AUC of one column alone. Honest ones reach 0.97, for a product that only few may have."""

OUTCOMES_LEAST: Final = 30
"""Of either kind: with fewer, chance can tell them apart."""

ROWS_MOST: Final = 30_000
BINS_MOST: Final = 255


@dataclass(frozen=True)
class Suspect:
    """A column that alone tells who comes true in `head` from who does not."""

    column: str
    head: str
    roc_auc: float


def refuse_leaks(data: Dataset, trusted: Collection[str]) -> None:
    """Refuse to learn from columns that alone tell an outcome almost perfectly, but for those `trusted`.

    Such a column was written after the outcome, or copied from it (Kaufman et al. 2012, "Leakage in data
    mining", section 4). Comparisons are left to the columns they compare.

    Raises GateError naming each column, what it tells and how well.
    """
    found = [one for one in suspects(data) if one.column not in trusted]
    if found:
        lines = "".join(f"\n  {one.column} tells {one.head} with ROC-AUC {one.roc_auc:.4f}" for one in found)
        raise GateError(
            "these features alone tell the outcome too well to have been known before it; exclude their "
            f"columns in bank.toml, or name those you know to be honest in training.trusted:{lines}"
        )


def suspects(data: Dataset) -> list[Suspect]:
    """The suspicious columns of a data set's training rows, the worst first, each with its worst head."""
    rows = data.train.take(uniform_sample(np.arange(len(data.train.labels)), ROWS_MOST, seed=0))
    binned = [_bins(values) for values in np.ascontiguousarray(rows.matrix.T)]
    worst: dict[str, Suspect] = {}
    for place, head in enumerate(data.heads):
        label = rows.labels[:, place]
        known = ~np.isnan(label)
        if min((label == 1).sum(), (label == 0).sum()) < OUTCOMES_LEAST:
            continue
        for column, bins in zip(data.columns, binned, strict=True):
            auc = best_auc(bins[known], label[known], coded=column.categories is not None)
            if auc >= TOO_GOOD and (column.name not in worst or auc > worst[column.name].roc_auc):
                worst[column.name] = Suspect(column.name, head, auc)
    return sorted(worst.values(), key=lambda one: (-one.roc_auc, one.column))


def _bins(values: Floats) -> Bins:
    """Values (rows,) as at most `BINS_MOST` ordered bins of about equal size, from 1; 0 where unknown."""
    known = ~np.isnan(values)
    ordered = np.sort(values[known])
    distinct = ordered[np.flatnonzero(np.diff(ordered, prepend=np.nan))]
    edges = distinct if len(distinct) <= BINS_MOST else np.unique(ordered[:: len(ordered) // BINS_MOST])
    bins = np.zeros(len(values), dtype=np.int64)
    bins[known] = np.searchsorted(edges, values[known], side="right")
    return bins


def best_auc(bins: Bins, labels: Floats, *, coded: bool) -> float:
    """How well bins (rows,) tell labels 1 from 0, in either direction, or by being known at all.

    Bins of codes have no order of their own: they are put in that of how often each came true.
    """
    positives, negatives = (np.bincount(bins, part).astype(np.float64) for part in (labels, 1 - labels))
    if coded:
        order = np.argsort(positives / np.maximum(positives + negatives, 1), kind="stable")
        positives, negatives = positives[order], negatives[order]
        return _two_sided(positives, negatives)
    known = [np.array([part[0], part[1:].sum()]) for part in (positives, negatives)]
    return max(_two_sided(positives, negatives), _two_sided(*known))


def _two_sided(positives: Floats, negatives: Floats) -> float:
    """ROC-AUC from counts by ascending bin, equals counting half (Mann & Whitney 1947), or its opposite."""
    below = np.cumsum(negatives) - negatives
    auc = float((positives * (below + negatives / 2)).sum() / (positives.sum() * negatives.sum()))
    return max(auc, 1 - auc)
