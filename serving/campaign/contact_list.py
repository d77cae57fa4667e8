"""The rows of a campaign: who is to be contacted (or is held out), with what, by which channel and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_ID, TIER
from features.wording import Sentence
from serving.campaign.pool import Pool
from serving.campaign.result import LIST_COLUMNS
from serving.decision.arms import NAMES, OWN
from serving.decision.compiled import CompiledPolicy
from serving.selection.problem import Chosen

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Told:
    """What is said of one row: why, and what a teller can say."""

    reasons: Sentence
    talking_point: Sentence


@dataclass(frozen=True)
class Rows:
    """Rows in order of rank: the places of each one's customer, action and channel in the pool."""

    customers: Places
    actions: Places
    channels: Places


def rows_of(pool: Pool, chosen: Chosen) -> Rows:
    """The chosen contacts of a pool, by expected value; equals in the order of their hashes, then of actions.

    `chosen` (actions, customers): each action's channel, -1 for none.
    """
    actions, customers = np.nonzero(chosen >= 0)
    channels = chosen[actions, customers].astype(np.int64)
    expected = pool.factors.expected[actions, channels, customers]
    order = np.lexsort((actions, pool.ties[customers], -expected))
    return Rows(customers[order], actions[order], channels[order])


def list_table(
    pool: Pool, rows: Rows, told: Sequence[Told], arm: str, decision_ids: pa.Array | None = None
) -> pa.Table:
    """The rows as a table with LIST_COLUMNS; `told` says why, row by row.

    Of `arm` treatment, who was given to another way of deciding bears its name.

    `decision_ids` are those of the pool's customers; without them no row has one.
    """
    compiled, factors = pool.compiled, pool.factors
    actions = [compiled.actions[place] for place in rows.actions.tolist()]
    people = pool.customers.take(pa.array(rows.customers))
    if decision_ids is None:
        decision_ids = pa.nulls(pool.customers.num_rows, pa.string())
    weights = np.broadcast_to(factors.context_weight, factors.expected.shape)
    arms = pool.arms[rows.customers].tolist()
    levers = np.broadcast_to(factors.lever, factors.probability.shape)
    columns = {
        "rank": pa.array(np.arange(1, len(actions) + 1)),
        "customer_id": people[CUSTOMER_ID],
        "action": pa.array([action.id for action in actions], pa.string()),
        "product": pa.array([action.product for action in actions], pa.string()),
        "channel": pa.array([compiled.channels[place] for place in rows.channels.tolist()], pa.string()),
        "day": _days(compiled, rows.channels, arm),
        "expected_value": pa.array(factors.expected[rows.actions, rows.channels, rows.customers]),
        "probability": pa.array(factors.probability[rows.actions, rows.customers]),
        "value": pa.array(factors.value[rows.actions, rows.customers]),
        "context_weight": pa.array(weights[rows.actions, rows.channels, rows.customers]),
        "lever": pa.array(levers[rows.actions, rows.customers]),
        "cost": pa.array(factors.cost[rows.actions, rows.channels]),
        "basis": pa.array([action.basis for action in actions], pa.string()),
        "arm": pa.array([NAMES[place] if arm == NAMES[OWN] else arm for place in arms], pa.string()),
        "tier": people[TIER],
        "reasons": pa.array([one.reasons.en for one in told], pa.string()),
        "talking_point": pa.array([one.talking_point.en for one in told], pa.string()),
        "reasons_zh": pa.array([one.reasons.zh for one in told], pa.string()),
        "talking_point_zh": pa.array([one.talking_point.zh for one in told], pa.string()),
        "decision_id": decision_ids.take(pa.array(rows.customers)),
    }
    return pa.table({name: columns[name] for name in LIST_COLUMNS})


def _days(compiled: CompiledPolicy, channels: Places, arm: str) -> pa.Array:
    """Each contact's working day of the campaign: a channel's best contacts are made first."""
    found = np.ones(len(channels), dtype=np.int64)
    for place, channel in enumerate(compiled.channels):
        daily = compiled.policy.channels[channel].daily_capacity
        mine = np.flatnonzero(channels == place)
        if daily:
            found[mine] += np.arange(len(mine)) // daily
    return pa.array(found) if arm == NAMES[OWN] else pa.nulls(len(channels), pa.int64())
