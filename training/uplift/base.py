"""What the whole bank tells of an outcome, contacted or not: where effects start from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

import lightgbm as lgb
import numpy as np

from training.fit import LEAVES_MOST, usual
from training.joined import joined, scaled
from training.uplift.lengths import kept, log_loss, prefix_scores, weights
from training.uplift.trees import Trees, boost, boost_with
from training.uplift.trial import Flags, Floats, Rows, Trial

BANK_ROUNDS: Final = 200
"""Of a booster with the settings that the bank's models have too."""
ARMS: Final = (
    Trees(leaves=2, rounds=300, learning_rate=0.1),
    Trees(leaves=3, rounds=200, learning_rate=0.1),
    Trees(leaves=4, rounds=120, learning_rate=0.1),
)
"""Without a panel. Rare outcomes support fewer and smaller trees than frequent ones: `weights` tells."""
STEP: Final = 10
FOLDS: Final = 3

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


def bases_of(panels: Mapping[str, Panel]) -> dict[str, Base]:
    """Each action's, from its panel."""
    return {action: base_of(panel) for action, panel in panels.items()}


def base_of(panel: Panel | None = None) -> Base:
    """From the panel; without one, from both arms as if they were one. It remembers what it was asked."""
    fitted: dict[tuple[bytes, bytes, int], lgb.Booster] = {}

    def base(trial: Trial, seed: int) -> lgb.Booster:
        # The same customers are asked for again and again.
        key = (np.unique(trial.customer).tobytes(), trial.outcome.tobytes(), seed)
        if key not in fitted:
            fitted[key] = _of_arms(trial, seed) if panel is None else _of_bank(panel, trial, seed)
        return fitted[key]

    return base


def _of_bank(panel: Panel, trial: Trial, seed: int) -> lgb.Booster:
    rows = panel.without_held_back(trial)
    # Whatever the outcome, so that what was measured of effects holds: it was with trees of this size.
    settings = {**usual(rows.matrix.shape[1], seed), "num_leaves": LEAVES_MOST, "num_threads": 1}
    return boost_with(settings, rows, rows.outcome, BANK_ROUNDS)


def _of_arms(trial: Trial, seed: int) -> lgb.Booster:
    """Trees of each size, and as many, as foretell the outcome of customers that they did not learn from."""
    fold = trial.folds(FOLDS, seed)
    losses = [np.empty((size.rounds // STEP, len(trial))) for size in ARMS]
    for one in range(FOLDS):
        learn, held = trial.take(fold != one), trial.take(fold == one)
        for size, loss in zip(ARMS, losses, strict=True):
            scores = prefix_scores(_both_arms(learn, size, seed), held.matrix, len(loss), STEP)[1:]
            loss[:, fold == one] = log_loss(scores, held.outcome)
    weight = np.split(weights(np.concatenate(losses)), np.cumsum([len(loss) for loss in losses])[:-1])
    boosters = [_both_arms(trial, size, seed) for size in ARMS]
    shares = [
        np.repeat(kept(own), STEP)[: booster.num_trees()]
        for own, booster in zip(weight, boosters, strict=True)
    ]
    return reduce(joined, map(scaled, boosters, shares))


def _both_arms(trial: Trial, size: Trees, seed: int) -> lgb.Booster:
    return boost(trial, trial.outcome, "binary", size, seed, weight=1 / trial.arm_probability)
