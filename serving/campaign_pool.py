"""Everyone decided for a campaign, gathered chunk by chunk: what selecting and reporting need, no more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_ID, TIER
from serving.campaign_result import Drop
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import Decisions
from serving.decision.value import Factors
from serving.selection_problem import Problem

Flags = NDArray[np.bool_]
Reason = tuple[str, str, str]
"""Stage, reason, action."""


@dataclass(frozen=True)
class Pool:
    """Decided customers. `customers` has customer_id and tier; masks and `ties` have shape (customers,).

    `alive` (actions, channels, customers): what survived every stage. `control`: whose best action is not
    carried out; `held_out`: drawn for the control group. `funnel` counts customers by drop.
    """

    compiled: CompiledPolicy
    customers: pa.Table
    factors: Factors
    alive: Flags
    control: Flags
    held_out: Flags
    ties: NDArray[np.uint64]
    funnel: Counter[Reason]

    def contact_problem(self) -> Problem:
        """Whom to contact: nobody in the control group, and nobody drawn for it with what it holds back."""
        held_groups = self.compiled.policy.holdout.groups
        held_back = np.array([action.group in held_groups for action in self.compiled.actions])
        spared = self.control | (held_back[:, np.newaxis] & self.held_out)
        return self._problem(self.alive & ~spared[:, np.newaxis])

    def control_problem(self) -> Problem:
        """What would be done for the control group."""
        return self._problem(self.alive & self.control)

    def _problem(self, allowed: Flags) -> Problem:
        limits = limits_of(self.compiled, self.factors)
        worth = np.where(allowed, self.factors.expected, -np.inf)
        return Problem(
            expected=worth.reshape(-1, worth.shape[2]),
            usage=np.array([limit.usage.ravel() for limit in limits]).reshape(
                len(limits), worth[:, :, :1].size
            ),
            limits=np.array([limit.limit for limit in limits]),
            ties=self.ties,
        )


@dataclass(frozen=True)
class CampaignLimit:
    """A limit of the policy; `usage` (actions, channels) is what a contact takes of it."""

    name: str
    kind: Literal["channel", "product", "budget"]
    limit: float
    usage: NDArray[np.float64]


def limits_of(compiled: CompiledPolicy, factors: Factors) -> tuple[CampaignLimit, ...]:
    """The policy's channel capacities, product quotas and budget."""
    shape = factors.cost.shape
    found = []
    for place, channel in enumerate(compiled.channels):
        capacity = compiled.policy.channels[channel].capacity
        if capacity is not None:
            usage = np.broadcast_to(np.arange(shape[1]) == place, shape)
            found.append(CampaignLimit(channel, "channel", capacity, usage.astype(np.float64)))
    for product, limit in compiled.policy.campaign.products.items():
        sells = np.array([action.product == product for action in compiled.actions])[:, np.newaxis]
        usage = np.broadcast_to(sells, shape).astype(np.float64)
        found.append(CampaignLimit(product, "product", limit.maximum, usage))
    budget = compiled.policy.campaign.budget
    if budget is not None:
        found.append(CampaignLimit("budget", "budget", budget, factors.cost))
    return tuple(found)


def pooled(decisions: Decisions) -> Pool:
    """What a campaign keeps of one chunk's decisions."""
    return Pool(
        compiled=decisions.compiled,
        customers=decisions.customers.select([CUSTOMER_ID, TIER]),
        factors=decisions.factors,
        alive=decisions.alive,
        control=decisions.control,
        held_out=decisions.holdout.held_out,
        ties=decisions.hashes,
        funnel=funnel(decisions),
    )


def together(pools: Sequence[Pool]) -> Pool:
    """All chunks as one; at least one."""
    first, factors = pools[0], [pool.factors for pool in pools]
    conditional = any(one.condition is not None for one in first.compiled.circumstances)
    weights = [one.context_weight for one in factors] if conditional else [factors[0].context_weight]
    return Pool(
        compiled=first.compiled,
        customers=pa.concat_tables(pool.customers for pool in pools),
        factors=Factors(
            probability=np.concatenate([one.probability for one in factors], axis=1),
            value=np.concatenate([one.value for one in factors], axis=1),
            context_weight=np.concatenate(weights, axis=2),
            lever=first.factors.lever,
            cost=first.factors.cost,
            expected=np.concatenate([one.expected for one in factors], axis=2),
        ),
        alive=np.concatenate([pool.alive for pool in pools], axis=2),
        control=np.concatenate([pool.control for pool in pools]),
        held_out=np.concatenate([pool.held_out for pool in pools]),
        ties=np.concatenate([pool.ties for pool in pools]),
        funnel=sum((pool.funnel for pool in pools), Counter()),
    )


def funnel(decisions: Decisions) -> Counter[Reason]:
    """How many customers each reason of each stage took an action away from.

    A stage takes an action away where it drops its last channel; the reason is that of a channel dropped.
    """
    counts: Counter[Reason] = Counter()
    shape = decisions.alive.shape
    before = np.ones(shape, dtype=np.bool_)
    for stage in decisions.stages:
        after = before & stage.kept
        gone = np.asarray(before.any(axis=1) & ~after.any(axis=1))
        codes = np.where(before, stage.dropped, 0).max(axis=1)
        for place, action in enumerate(decisions.compiled.actions):
            each = np.bincount(codes[place][gone[place]], minlength=len(stage.reasons))
            for code in np.flatnonzero(each):
                counts[stage.name, stage.reasons[code], action.id] += int(each[code])
        before = after
    return counts


def drops(counts: Counter[Reason]) -> tuple[Drop, ...]:
    """The funnel as a list, in order of name."""
    return tuple(
        Drop(stage=stage, reason=reason, action=action, customers=customers)
        for (stage, reason, action), customers in sorted(counts.items())
    )
