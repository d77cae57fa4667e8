"""Everyone decided for a campaign, gathered chunk by chunk: what selecting and reporting need, no more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.errors import BadInputError
from features.vocabulary import CUSTOMER_ID, CUSTOMER_KIND, TIER
from serving.campaign.exposure import AGE
from serving.campaign.funnel import Reason, funnel
from serving.campaign.limits import limits_of
from serving.decision.arbitration import Places
from serving.decision.arms import OWN, PROPENSITY_ONLY, RANDOM
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import Decisions
from serving.decision.value import Factors
from serving.selection.problem import Books, Problem

KEPT: Final = (CUSTOMER_ID, TIER, CUSTOMER_KIND, AGE)
"""Columns that reporting needs, where the bank has them; the sensitive ones come with them."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pool:
    """Decided customers. `customers` has customer_id, tier and, where known, what KEPT and the policy's
    managers name; masks and `ties` have shape (customers,).

    `alive` (actions, channels, customers): what survived every stage. `control`: whose best action is not
    carried out; `held_out`: drawn for the control group; `arms`: who is decided in another way, of
    whom the arm's own choice alone is alive, `chances`: how likely that was; `lots`: what exploring draws.
    `funnel` counts customers by drop.
    """

    compiled: CompiledPolicy
    customers: pa.Table
    sensitive: tuple[str, ...]
    factors: Factors
    alive: Flags
    control: Flags
    held_out: Flags
    arms: Places
    chances: NDArray[np.float64]
    lots: NDArray[np.float64]
    ties: NDArray[np.uint64]
    funnel: Counter[Reason]

    @property
    def own(self) -> Flags:
        """Who is decided by the policy itself."""
        return np.asarray(self.arms == OWN)

    @property
    def contactable(self) -> Flags:
        """Whom to contact: nobody in the control group, and nobody drawn for it with what it holds back."""
        groups = self.compiled.policy.holdout.groups
        held_back = np.array([action.group in groups for action in self.compiled.actions])
        spared = self.control | (held_back[:, np.newaxis] & self.held_out)
        return self.alive & ~spared[:, np.newaxis]

    def contact_problem(self) -> Problem:
        """Whom to contact."""
        return self._problem(self.contactable, minima=True)

    def control_problem(self) -> Problem:
        """What would be done for the control group."""
        return self._problem(self.controlled)

    @property
    def controlled(self) -> Flags:
        """What survived for the control group."""
        return self.alive & self.control

    def _problem(self, allowed: Flags, *, minima: bool = False) -> Problem:
        limits = limits_of(self.compiled, self.factors)
        worth = np.where(allowed, self.factors.expected, -np.inf)
        books, _ = self.books
        if books is not None:
            worth[:, books.channel, books.owner < 0] = -np.inf
        least = [float(limit.minimum) if minima else 0.0 for limit in limits]
        return Problem(
            expected=worth,
            usage=np.array([limit.usage for limit in limits]).reshape(len(limits), *worth.shape[:2]),
            limits=np.array([limit.limit for limit in limits], dtype=np.float64),
            ties=self.ties,
            minima=np.array(least, dtype=np.float64),
            most=self.compiled.policy.max_actions,
            exclusions=self.compiled.exclusions,
            books=books,
        )

    @cached_property
    def books(self) -> tuple[Books | None, tuple[str, ...]]:
        """The relationship managers' books, and the managers' names in the same order.

        Raises BadInputError where the customers lack the policy's column.
        """
        spec = self.compiled.policy.campaign.managers
        if spec is None:
            return None, ()
        if self.customers.schema.get_field_index(spec.column) < 0:
            raise BadInputError(f"policy: campaign.managers.column: unknown column {spec.column!r}")
        column = _as_text(self.customers[spec.column])
        names = sorted(set(column.drop_null().to_pylist()))
        owner = pc.fill_null(pc.index_in(column, pa.array(names, pa.string())), -1)
        capacity = [float(spec.capacities.get(name, spec.capacity)) for name in names]
        place = self.compiled.channels.index(spec.channel)
        owners = owner.to_numpy().astype(np.int32)
        return Books(place, owners, np.array(capacity, dtype=np.float64)), tuple(names)


def pooled(decisions: Decisions, sensitive: tuple[str, ...] = ()) -> Pool:
    """What a campaign keeps of one chunk's decisions; the `sensitive` features for its audit alone."""
    return Pool(
        compiled=decisions.compiled,
        customers=_kept(decisions, sensitive),
        sensitive=sensitive,
        factors=decisions.factors,
        alive=_alive(decisions),
        control=decisions.control,
        held_out=decisions.holdout.held_out,
        arms=decisions.arms.place,
        chances=decisions.probability,
        lots=decisions.exploration.draw,
        ties=decisions.hashes,
        funnel=funnel(decisions),
    )


def _alive(decisions: Decisions) -> Flags:
    """What survived; where an arm has another order than that of value, only what it would do."""
    ruled = np.isin(decisions.arms.place, (RANDOM, PROPENSITY_ONLY))
    if not ruled.any():
        return decisions.alive
    channels = np.arange(len(decisions.compiled.channels))[:, np.newaxis]
    best = decisions.ranking.channel[:, np.newaxis] == channels
    return np.asarray(decisions.alive & (~ruled | (best & decisions.chosen[:, np.newaxis])))


def _kept(decisions: Decisions, sensitive: tuple[str, ...]) -> pa.Table:
    managers = decisions.compiled.policy.campaign.managers
    wanted = dict.fromkeys((*KEPT, *sensitive, *([managers.column] if managers is not None else [])))
    known = decisions.customers.column_names
    return decisions.customers.select([name for name in wanted if name in known])


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    """Managers' names as text; a number without its decimals."""
    whole = column.combine_chunks()
    if pa.types.is_floating(whole.type):
        whole = whole.cast(pa.int64())
    return whole.cast(pa.string())


def together(pools: Sequence[Pool]) -> Pool:
    """All chunks as one; at least one."""
    first, factors = pools[0], [pool.factors for pool in pools]
    conditional = any(one.condition is not None for one in first.compiled.circumstances)
    weights = [one.context_weight for one in factors] if conditional else [factors[0].context_weight]
    levers = [one.lever for one in (factors if first.compiled.policy.arms.no_levers else factors[:1])]
    return Pool(
        compiled=first.compiled,
        customers=pa.concat_tables(pool.customers for pool in pools),
        sensitive=first.sensitive,
        factors=Factors(
            probability=np.concatenate([one.probability for one in factors], axis=1),
            value=np.concatenate([one.value for one in factors], axis=1),
            context_weight=np.concatenate(weights, axis=2),
            lever=np.concatenate(levers, axis=1),
            cost=first.factors.cost,
            expected=np.concatenate([one.expected for one in factors], axis=2),
        ),
        alive=np.concatenate([pool.alive for pool in pools], axis=2),
        control=np.concatenate([pool.control for pool in pools]),
        held_out=np.concatenate([pool.held_out for pool in pools]),
        arms=np.concatenate([pool.arms for pool in pools]),
        chances=np.concatenate([pool.chances for pool in pools]),
        lots=np.concatenate([pool.lots for pool in pools]),
        ties=np.concatenate([pool.ties for pool in pools]),
        funnel=sum((pool.funnel for pool in pools), Counter()),
    )
