"""First stage: which actions can be offered through which channels at all."""

from typing import Final

import numpy as np

from serving.decision.compiled import CompiledPolicy
from serving.decision.request import Request
from serving.decision.stage import Drops, Stage

NAME: Final = "candidates"


def candidates(compiled: CompiledPolicy, request: Request) -> Stage:
    """Actions × channels, before any customer is looked at: shape (actions, channels, 1).

    A channel that does not carry an action's group or speak the policy's language, or that is not the one
    that asks, is no candidate.
    """
    policy = compiled.policy
    drops = Drops(NAME, (len(compiled.actions), len(compiled.channels), 1))
    for place, channel in enumerate(compiled.channels):
        spec = policy.channels[channel]
        here = np.arange(len(compiled.channels))[:, np.newaxis] == place
        if request.channel not in (None, channel):
            drops.drop("not_the_asking_channel", here)
        if spec.languages and policy.language not in spec.languages:
            drops.drop("channel_lacks_language", here)
        foreign = [row for row, action in enumerate(compiled.actions) if action.group not in spec.groups]
        if foreign:
            drops.drop("channel_does_not_carry", here, foreign)
    return drops.done()
