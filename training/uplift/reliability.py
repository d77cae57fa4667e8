"""Whether predicted effects hold: contacts of like prediction, and what contacting changed of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.intervals import draw_customers, interval
from training.metrics.calibration import equal_mass
from training.metrics.effect import counted_effect, drawn_effect
from training.slices import DRAWS
from training.uplift.choose import Tested
from training.uplift.trial import Floats, Rows

BINS_MOST: Final = 5
BIN_ROWS_LEAST: Final = 200
"""An effect is the difference of two rates: it takes many more rows than a rate does."""


@dataclass(frozen=True)
class EffectBins:
    """Bins of equally many contacts by rising prediction; all of shape (bins,).

    `predicted` is the mean effect predicted, `observed` the difference of the arms' rates, `low` and `high`
    its 95 % interval: by the bootstrap over customers, no narrower than counting makes it.
    """

    rows: Rows
    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats


def effect_bins(tested: Tested, seed: int, draws: int = DRAWS) -> EffectBins:
    """At most `BINS_MOST` bins, of `BIN_ROWS_LEAST` contacts or all; without those that lack an arm."""
    trial = tested.trial
    customers, customer = np.unique(trial.customer, return_inverse=True)
    drawn = draw_customers(len(customers), draws, seed)
    found = []
    for places in equal_mass(tested.uplift, min(BINS_MOST, max(len(trial) // BIN_ROWS_LEAST, 1))):
        arms = (trial.treated[places], trial.outcome[places], trial.probability[places])
        if arms[0].any() and not arms[0].all():
            effect = counted_effect(interval(drawn_effect(*arms, customer[places], drawn)), *arms)
            found.append((len(places), tested.uplift[places].mean(), effect.value, effect.low, effect.high))
    rows, *told = np.array(found, dtype=np.float64).reshape(-1, 5).T
    return EffectBins(rows.astype(np.int64), *told)
