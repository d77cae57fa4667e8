"""Every learner of uplift, by name, the one to doubt least first."""

from collections.abc import Mapping
from functools import reduce
from typing import Final

import numpy as np

from training.uplift.base import Base, base_of
from training.uplift.class_transformation import class_transformation
from training.uplift.dr_learner import dr_learner
from training.uplift.odds import Kin, Told, cross_told, odds_learner
from training.uplift.t_learner import t_learner
from training.uplift.trial import Learner, Trial
from training.uplift.x_learner import x_learner

ALONE: Final[Mapping[str, Learner]] = {
    "X-learner": x_learner,
    "T-learner": t_learner,
    "DR-learner": dr_learner,
    "class transformation": class_transformation,
}
"""Those that need nothing but the trial."""


def learners(base: Base | None = None, kin: Kin | None = None) -> dict[str, Learner]:
    """All of them; what the bank's other customers tell (`base`) helps the first."""
    return {"odds-learner": odds_learner(base or base_of(), kin), **ALONE}


def learners_by_action(
    trials: Mapping[str, Trial], bases: Mapping[str, Base], seed: int
) -> dict[str, dict[str, Learner]]:
    """Each action's learners; actions of one kind, the part of their name before a colon, help each other.

    Their columns and numbers of customers are the same throughout. `bases` hold what the whole bank tells of
    each action's outcome.
    """
    told: dict[str, Told] = {}
    for action, trial in trials.items():
        if any(_kind(other) == _kind(action) for other in trials if other != action):
            told[action] = cross_told(trial, bases[action], seed)
    return {action: learners(bases[action], _kin(action, trials[action], told)) for action in trials}


def _kin(action: str, trial: Trial, told: Mapping[str, Told]) -> Kin | None:
    others = [one for name, one in told.items() if name != action and _kind(name) == _kind(action)]
    if not others:
        return None
    return Kin(reduce(Told.with_rows_of, others), np.unique(trial.customer))


def _kind(action: str) -> str:
    return action.partition(":")[0]
