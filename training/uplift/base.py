"""What the whole bank tells of an outcome, contacted or not: where effects start from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from training.uplift.trees import OUTCOME, Trees, boost
from training.uplift.trial import Flags, Floats, Rows, Trial

BANK: Final = Trees(leaves=15, rounds=150)

Base = Callable[[Trial, int], lgb.Booster]
"""A booster of the outcome's probability that may go with a trial's rows, with a seed."""


@dataclass(frozen=True)
class Panel:
    """Customers at snapshots, contacted or not: a matrix, the outcome, a number a customer.

    Shapes (rows, columns) and (rows,). `in_trial` (rows,): whether the customer takes part in the trial.
    """

    matrix: Floats
    outcome: Floats
    customer: Rows
    in_trial: Flags

    def without_held_back(self, trial: Trial) -> Trial:
        """The rows a learner may see: none of customers of the trial who are kept from it, as in a test."""
        seen = ~self.in_trial | np.isin(self.customer, trial.customer)
        rows = int(seen.sum())
        return Trial(
            self.matrix[seen],
            np.zeros(rows, dtype=np.bool_),
            self.outcome[seen],
            np.full(rows, 0.5),
            self.customer[seen],
            trial.categorical,
            trial.names,
        )


def base_of(panel: Panel | None = None) -> Base:
    """From the panel; without one, from both arms as if they were one. It remembers what it was asked."""
    fitted: dict[tuple[bytes, int], lgb.Booster] = {}

    def base(trial: Trial, seed: int) -> lgb.Booster:
        if panel is None:
            return boost(trial, trial.outcome, "binary", OUTCOME, seed, weight=1 / trial.arm_probability)
        key = (np.unique(trial.customer).tobytes(), seed)  # the same customers are asked for again and again
        if key not in fitted:
            rows = panel.without_held_back(trial)
            fitted[key] = boost(rows, rows.outcome, "binary", BANK, seed)
        return fitted[key]

    return base
