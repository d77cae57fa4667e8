"""First stage: which actions can be offered through which channels at all."""

from typing import Final

import numpy as np

from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Customers
from serving.decision.policy import ChannelSpec
from serving.decision.request import Request
from serving.decision.stage import Drops, Mask, Stage

NAME: Final = "candidates"


def candidates(compiled: CompiledPolicy, request: Request, customers: Customers) -> Stage:
    """Actions × channels: shape (actions, channels, 1), or with customers where they have languages.

    A channel that does not carry the action or speak the language, that is not the one that asks, that rests
    at the hour the request gives, or has made all of the day's contacts, is no candidate. The one that asks
    has the customer at hand: its contacts are not counted against it.
    """
    policy = compiled.policy
    each = len(customers) if policy.language_column else 1
    drops = Drops(NAME, (len(compiled.actions), len(compiled.channels), each))
    for place, channel in enumerate(compiled.channels):
        spec = policy.channels[channel]
        here = np.arange(len(compiled.channels))[:, np.newaxis] == place
        if request.channel not in (None, channel):
            drops.drop("not_the_asking_channel", here)
        if request.hour is not None and spec.is_quiet(request.hour):
            drops.drop("quiet_hours", here)
        if channel in request.full and channel != request.channel:
            drops.drop("daily_capacity_used", here)
        if spec.languages:
            drops.drop("channel_lacks_language", here & ~_spoken(compiled, spec, customers))
        foreign = [
            row
            for row, action in enumerate(compiled.actions)
            if action.group not in spec.groups or channel not in (action.channels or compiled.channels)
        ]
        if foreign:
            drops.drop("channel_does_not_carry", here, foreign)
    return drops.done()


def _spoken(compiled: CompiledPolicy, spec: ChannelSpec, customers: Customers) -> Mask:
    """Whether a channel speaks the customer's language, else the policy's: shape (customers or 1,)."""
    general = np.array([compiled.policy.language in spec.languages])
    column = compiled.policy.language_column
    if column is None:
        return general
    unknown = customers.text(column).is_null().to_numpy(zero_copy_only=False)
    return np.where(unknown, general, customers.code(column, spec.languages) >= 0)
