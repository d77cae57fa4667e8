"""The test's snapshot scored again: whether its data still are what the model was tested on.

Features of training's snapshots are built anew from today's tables. Where these were overwritten, then and
now move together and no drift is seen; what the model answered when it was tested is kept, and tells.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.answers import Answers
from training.metrics.stability import BINS, population_stability
from training.monitor.drift import CHANCE_TIMES
from training.monitor.estimate import promised
from training.monitor.rows import labelled, see
from training.stored import StoredModel

Floats = NDArray[np.float64]

CUSTOMERS_MOST = 5_000
DIGITS = 9
"""Of a score: equal ones stay equal, however the last bit was rounded."""


@dataclass(frozen=True)
class Retest:
    """How today's scores of `snapshot` lie to those of its test.

    `psi` is the index of the head that moved furthest beyond its `limit`; None where the served boosters have
    learned from the test's rows since. `rate_times` and `lift_times` are how many times what the scores of
    labelled rows promise those of everyone watched do.
    """

    snapshot: date
    rows: int
    head: str
    psi: float | None
    limit: float
    rate_times: float
    lift_times: float

    @property
    def restated(self) -> bool:
        """Whether it scores otherwise than it did."""
        return self.psi is not None and self.psi > self.limit


def retest(
    stored: StoredModel, features: pa.Table, labels: pa.Table, day: date, psi_most: float
) -> Retest | None:
    """Score the labelled customers of `features` at `day` again; None without answers or any to rank."""
    if stored.answers is None:
        return None
    seen, truth = labelled(features, labels, day, stored)
    again = np.where(np.isnan(truth), np.nan, seen.scores)
    alike, everyone = promised(again), promised(see(features, stored, holders=True).scores)
    if alike is None or everyone is None:
        return None
    rate, lift = (all_of / some for all_of, some in zip(everyone, alike, strict=True))
    # Where customers were split the boosters learned again, from the rows that had tested them too.
    refitted = str(day) in stored.contract.train_snapshots
    head, psi, limit = _furthest(stored.answers, day, again, psi_most)
    return Retest(day, len(again), head, None if refitted else psi, limit, rate, lift)


def _furthest(tested: Answers, day: date, again: Floats, psi_most: float) -> tuple[str, float, float]:
    """The head whose scores `again` (rows, heads) moved furthest beyond its limit, with both."""
    then = tested.take(tested.snapshot == str(day))
    found = []
    for place, head in enumerate(then.heads):
        before = then.probabilities[~np.isnan(then.labels[:, place]), place]
        now = again[~np.isnan(again[:, place]), place]
        psi = population_stability(before.round(DIGITS), now.round(DIGITS))
        chance = CHANCE_TIMES * BINS * (1 / max(len(before), 1) + 1 / max(len(now), 1))
        found.append((head, psi if np.isfinite(psi) else 0.0, max(psi_most, chance)))
    return max(found, key=lambda one: one[1] - one[2])
