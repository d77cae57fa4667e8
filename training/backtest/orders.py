"""The simple orders by which a bank contacts its customers: scores, whoever comes first the highest."""

from collections.abc import Callable, Sequence
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.vocabulary import TIER
from training.baselines import RECENCY, differ
from training.uplift.base import Panel
from training.uplift.contacts import RETAIN
from training.uplift.trees import predicted

Floats = NDArray[np.float64]
Order = Callable[[Floats], Floats]
"""From a matrix (rows, columns) to scores (rows,)."""

NEVER_SEEN_DAYS: Final = 1e6
ORDERS: Final = ("random", "response", "recency", "tier")


def learn_orders(action: str, panel: Panel, outcome: lgb.Booster, names: Sequence[str]) -> dict[str, Order]:
    """The orders that the columns allow, learned from the panel.

    `random`: all alike. `response`: by the plain model of the `outcome`. `recency`: the longest unseen first
    to retain, the last seen first to sell. `tier`: by each tier's own rate. To retain, the least likely to
    stay come first, of customers and of tiers. Columns that are the same of all the panel, or unknown, make
    no order.
    """
    sign = -1.0 if action == RETAIN else 1.0
    found: dict[str, Order] = {
        "random": lambda matrix: np.zeros(len(matrix)),
        "response": lambda matrix: sign * predicted(outcome, matrix, raw_score=True),
    }
    recency = [place for place in _places(RECENCY, names) if differ(panel.matrix[:, place])]
    if recency:
        days = recency[0]
        found["recency"] = lambda matrix: -sign * np.nan_to_num(matrix[:, days], nan=NEVER_SEEN_DAYS)
    tiers = [place for place in _places([TIER], names) if differ(panel.matrix[:, place])]
    if tiers:
        found["tier"] = _by_tier(panel, tiers[0], sign)
    return found


def _places(wanted: Sequence[str], names: Sequence[str]) -> list[int]:
    return [names.index(name) for name in wanted if name in names]


def _by_tier(panel: Panel, place: int, sign: float) -> Order:
    """Each tier's rate with one row of the overall rate more: no tier is certain."""
    overall = float(panel.outcome.mean())
    codes, tier = np.unique(panel.matrix[:, place], return_inverse=True)
    rates = (np.bincount(tier, panel.outcome) + overall) / (np.bincount(tier) + 1)
    known = dict(zip(codes.tolist(), rates.tolist(), strict=True))

    def order(matrix: Floats) -> Floats:
        return sign * np.array([known.get(code, overall) for code in matrix[:, place].tolist()])

    return order
