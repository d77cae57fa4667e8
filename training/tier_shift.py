"""Calibration by tier: what the overall map leaves to mend, as a shift of the log-odds a tier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.contract import FeatureColumn, TierShift
from features.vocabulary import CUSTOMER_ID, TIER
from training.calibrate import log_odds
from training.dataset import Examples
from training.split import customer_share

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]

RIDGE: Final = 20.0
"""A tier's shift is drawn to 0 as by 20 positives and many negatives that came as they were foretold."""

PROVEN: Final = 2.0
"""Standard errors by which shifts learned from one half of the customers must be borne out by the other."""

NEWTON_STEPS: Final = 25
HALVES_SEED: Final = 0


def tier_shift(
    probability: Floats, labels: Floats, rows: Examples, columns: Sequence[FeatureColumn]
) -> TierShift | None:
    """The shift by tier of `probability` (rows,), calibrated overall, that `labels` (rows,) call for.

    None where customers are not graded, or where they do not prove that any is due.
    """
    place = next((at for at, column in enumerate(columns) if column.name == TIER and column.categories), None)
    if place is None:
        return None
    tiers = len(columns[place].categories or ())
    tier = rows.matrix[:, place]
    code = np.where(np.isnan(tier), tiers, tier).astype(np.intp)
    graded = _Graded(log_odds(probability), labels, code, tiers)
    if not _borne_out(graded, customer_share(rows.keys[CUSTOMER_ID], HALVES_SEED)):
        return None
    return TierShift(column=TIER, place=place, log_odds=tuple(graded.shifts()[:tiers].tolist()))


@dataclass(frozen=True)
class _Graded:
    """Rows' calibrated log-odds, labels and tiers by code, all (rows,); the code `tiers` is the unknown."""

    odds: Floats
    labels: Floats
    code: Places
    tiers: int

    def take(self, rows: Flags) -> "_Graded":
        return _Graded(self.odds[rows], self.labels[rows], self.code[rows], self.tiers)

    def shifts(self) -> Floats:
        """The likeliest shift a tier under a ridge, shape (tiers + 1,); the last, of the unknown, is 0."""
        found = np.zeros(self.tiers + 1)
        for _ in range(NEWTON_STEPS):
            chance = expit(self.odds + found[self.code])
            slope = self._by_tier(self.labels - chance) - RIDGE * found
            step = slope / (self._by_tier(chance * (1 - chance)) + RIDGE)
            found[:-1] += np.clip(step, -1.0, 1.0)[:-1]
        return found

    def _by_tier(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.code, values, minlength=self.tiers + 1), dtype=np.float64)


def _borne_out(graded: _Graded, share: Floats) -> bool:
    """Whether rows err the way in which those of other customers do; `share` (rows,) is the customer's.

    What rows add to the log-likelihood's slope towards the shifts that the other half of the customers
    learned is 0 on average where none is due: a score test (Rao 1948), its variance from sums by customer.
    """
    errors = graded.labels - expit(graded.odds)
    slope = np.empty(len(errors))
    for learn in (share < 0.5, share >= 0.5):
        slope[~learn] = (errors * graded.take(learn).shifts()[graded.code])[~learn]
    _, customer = np.unique(share, return_inverse=True)
    moved = np.bincount(customer, slope)
    return bool(moved.sum() > PROVEN * np.sqrt((moved**2).sum()))
