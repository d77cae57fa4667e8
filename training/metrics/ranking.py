"""Whether what a customer takes next stands at the top of the products offered.

Matrices have shape (customers, products): `opened` 1.0, 0.0, or NaN where the product was not to be had,
such as one already held. Customers who opened nothing are not counted.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def map_at(opened: Floats, scores: Floats, k: int) -> float:
    """Mean average precision of the `k` products ranked first, as Santander's competition counted it.

    A customer's average precision sums the precision at each hit over min(opened, k). NaN if none opened.
    """
    hits, taken = _hits(opened, scores, k)
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _mean((precision * hits).sum(axis=1) / np.minimum(taken, k))


def recall_at(opened: Floats, scores: Floats, k: int) -> float:
    """Mean share of a customer's openings among the `k` products ranked first; NaN if none opened."""
    hits, taken = _hits(opened, scores, k)
    return _mean(hits.sum(axis=1) / taken)


def _hits(opened: Floats, scores: Floats, k: int) -> tuple[Floats, Floats]:
    """Of customers who opened any: 1.0 where the product at a rank was opened, and how many were."""
    taken = np.nansum(opened, axis=1)
    opened, scores, taken = opened[taken > 0], scores[taken > 0], taken[taken > 0]
    offered = np.where(np.isnan(opened), -np.inf, scores)
    first = np.argsort(-offered, axis=1, kind="stable")[:, :k]
    return np.nan_to_num(np.take_along_axis(opened, first, axis=1)), taken


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
