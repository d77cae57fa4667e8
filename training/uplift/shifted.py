"""Two arms that start from what the whole bank tells of the outcome: for trials with few outcomes."""

from typing import Final

from training.uplift.base import Base
from training.uplift.trees import Trees, boost_on, moved
from training.uplift.trial import Effect, Learner, Trial

SLIGHTLY: Final = Trees(leaves=2, rounds=25)
FREELY: Final = Trees(leaves=4, rounds=80)
"""How far the arms may go their own ways."""


def shifted(base: Base, shift: Trees | None = SLIGHTLY) -> Learner:
    """A T-learner whose two boosters go on from one of the outcome, whatever the arm.

    Warm starting both arms from one fit is the transfer of Künzel et al. 2018, "Transfer learning
    for estimating causal effects using neural networks", section 3. What both share cancels in the
    difference, and what is added to the log-odds moves a probability most where the outcome is in doubt.
    With `shift` None each arm adds one number only: the ranking is then the base's, the effect the trial's.
    """

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
