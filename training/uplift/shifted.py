"""Two arms that start from what the whole bank tells of the outcome: for trials with few outcomes."""

from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from training.uplift.trees import OUTCOME, Trees, boost, boost_on, moved
from training.uplift.trial import Effect, Flags, Floats, Learner, Rows, Trial

BASE: Final = Trees(leaves=15, rounds=150)
SLIGHTLY: Final = Trees(leaves=2, rounds=25)
FREELY: Final = Trees(leaves=4, rounds=80)
"""How far the arms may go their own ways."""


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


def shifted(panel: Panel | None = None, shift: Trees | None = SLIGHTLY) -> Learner:
    """A T-learner whose two boosters go on from one of the panel's outcomes, or of both arms' without.

    Warm starting both arms from one fit is the transfer of Künzel et al. 2018, "Transfer learning
    for estimating causal effects using neural networks", section 3. What both share cancels in the
    difference, and what is added to the log-odds moves a probability most where the outcome is in doubt.
    With `shift` None each arm adds one number only: the ranking is then the base's, the effect the trial's.
    """
    fitted: dict[tuple[bytes, int], lgb.Booster] = {}

    def base(trial: Trial, seed: int) -> lgb.Booster:
        if panel is None:
            return boost(trial, trial.outcome, "binary", OUTCOME, seed, weight=1 / trial.arm_probability)
        key = (np.unique(trial.customer).tobytes(), seed)  # the same customers are asked for again and again
        if key not in fitted:
            rows = panel.without_held_back(trial)
            fitted[key] = boost(rows, rows.outcome, "binary", BASE, seed)
        return fitted[key]

    def learn(trial: Trial, seed: int) -> Effect:
        start = base(trial, seed)
        treated, control = (
            moved(start, arm, arm.outcome, weight=1 / arm.arm_probability)
            if shift is None
            else boost_on(start, arm, arm.outcome, shift, seed, weight=1 / arm.arm_probability)
            for arm in (trial.take(trial.treated), trial.take(~trial.treated))
        )
        return Effect(treated, control)

    return learn
