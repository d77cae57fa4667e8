"""The limits of a policy, as a campaign's selection takes them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from serving.decision.compiled import CompiledPolicy
from serving.decision.value import Factors


@dataclass(frozen=True)
class CampaignLimit:
    """A limit of the policy; `usage` (actions, channels) is what a contact takes of it.

    `minimum`: what the list shall take of it at least.
    """

    name: str
    kind: Literal["channel", "product", "budget"]
    limit: float
    usage: NDArray[np.float64]
    minimum: float = 0.0


def limits_of(compiled: CompiledPolicy, factors: Factors) -> tuple[CampaignLimit, ...]:
    """The policy's channel capacities, product quotas and budget."""
    shape = factors.cost.shape
    found = []
    for place, channel in enumerate(compiled.channels):
        capacity = compiled.policy.channels[channel].most(compiled.policy.campaign.days)
        if capacity is not None:
            usage = np.broadcast_to(np.arange(shape[1]) == place, shape)
            found.append(CampaignLimit(channel, "channel", capacity, usage.astype(np.float64)))
    for product, limit in compiled.policy.campaign.products.items():
        sells = np.array([action.product == product for action in compiled.actions])[:, np.newaxis]
        usage = np.broadcast_to(sells, shape).astype(np.float64)
        most = np.inf if limit.maximum is None else float(limit.maximum)
        # Without a maximum, everyone's number: limits are finite.
        most = min(most, float(factors.expected.shape[2]))
        found.append(CampaignLimit(product, "product", most, usage, limit.minimum))
    budget = compiled.policy.campaign.budget
    if budget is not None:
        found.append(CampaignLimit("budget", "budget", budget, factors.cost))
    return tuple(found)
