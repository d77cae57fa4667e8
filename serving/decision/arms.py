"""Ways of deciding that some customers are given to, so that what deciding itself is worth can be told.

random: any action that survived, each as likely; propensity_only: the likeliest to work; no_levers: the
highest expected value without levers. What is forbidden stays forbidden in every arm, and nothing is
done that is not worth it.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from serving.decision.arbitration import Places
from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Numbers
from serving.decision.exploration import Exploration
from serving.decision.holdout import Holdout, period
from serving.decision.keyed import Hashes, customer_hashes, mix, name_hashes, uniform
from serving.decision.stage import Mask
from serving.decision.trial_spec import HoldoutSpec

RANDOM, PROPENSITY_ONLY, NO_LEVERS = range(3)
OWN: Final = 3
"""The place, among NAMES, of who is decided by the policy itself."""

ArmName = Literal["treatment", "control", "random", "propensity_only", "no_levers"]
NAMES: Final[tuple[ArmName, ...]] = ("random", "propensity_only", "no_levers", "treatment")


@dataclass(frozen=True)
class Arms:
    """Shape (customers,) each: the `place` in NAMES, and the `lots` that the random arm draws from."""

    place: Places
    lots: Hashes

    def own(self) -> Mask:
        """Who is decided by the policy itself."""
        return np.asarray(self.place == OWN)


def draw_arms(compiled: CompiledPolicy, ids: pa.Array, holdout: Holdout, today: date) -> Arms:
    """The arm of each customer on `today`: the same for the whole of the holdout's period.

    Who is held out of anything is decided by the policy itself: that is what contacting compares with.
    """
    spec = compiled.policy.arms
    if not spec.share:
        return Arms(np.full(len(ids), OWN), np.zeros(len(ids), dtype=np.uint64))
    key = (compiled.bank, spec.salt, period(compiled.policy.holdout.period, today))
    drawn = uniform(customer_hashes(ids, "arms", *key))
    place = np.searchsorted(np.cumsum(spec.shares), drawn, side="right")
    place = np.where(holdout.held_out, OWN, place)
    return Arms(np.asarray(place, dtype=np.int64), customer_hashes(ids, "random", *key))


def preferred(compiled: CompiledPolicy, arms: Arms, probability: Numbers, worth: Numbers) -> Numbers:
    """What actions are ordered by, shape (actions, customers): what one is worth, or the arm's own rule."""
    if arms.own().all():
        return worth
    names = name_hashes(tuple(action.id for action in compiled.actions))
    lots = uniform(mix(arms.lots, names[:, np.newaxis]))
    ruled = np.where(arms.place == PROPENSITY_ONLY, probability, worth)
    return np.asarray(np.where(arms.place == RANDOM, lots, ruled))


def with_chances(arms: Arms, exploration: Exploration) -> Exploration:
    """Only the policy itself explores; of the random arm every action that survived is as likely."""
    chosen = arms.place == RANDOM
    if not chosen.any():
        return exploration
    survived = exploration.ranking.channel >= 0
    even = survived / np.maximum(survived.sum(axis=0), 1)
    sure = np.where(survived.any(axis=0), even.max(axis=0), 1.0)
    return replace(
        exploration,
        probabilities=np.where(chosen, even, exploration.probabilities),
        probability=np.where(chosen, sure, exploration.probability),
    )


def chance_of(
    compiled: CompiledPolicy, place: Places, control: Mask, drawn: Mask, held: float
) -> NDArray[np.float64]:
    """The chance of the arm each customer is in, shape (customers,).

    `control`: held out, which has the chance `held`; `drawn`: whose action the holdout holds back at all.
    """
    free, shares = contacted_chance(compiled.policy.holdout), np.array([*compiled.policy.arms.shares, 0.0])
    others = free * compiled.policy.arms.share
    own = np.where(control, held, np.where(drawn, 1.0 - held, 1.0) - others)
    return np.asarray(np.where(place == OWN, own, free * shares[place]))


def contacted_chance(spec: HoldoutSpec) -> float:
    """The chance to be held out of nothing."""
    return float((1.0 - spec.share) ** (len(spec.groups) if spec.per_group else 1))
