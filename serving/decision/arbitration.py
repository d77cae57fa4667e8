"""Sixth stage: of what survived, the best channel of each action, the order of value, and what is chosen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Numbers
from serving.decision.keyed import Hashes, mix, name_hashes
from serving.decision.stage import Mask

Places = NDArray[np.int64]
NOBODY = -1


@dataclass(frozen=True)
class Ranking:
    """Shape (actions, customers) each. `channel`: the best channel of each action, -1 if none survived.

    `order`: places of actions from best to worst, -1 after the last that survived.
    """

    channel: Places
    order: Places


Preference = Callable[[Numbers], Numbers]
"""What actions are ordered by, of what each is worth through its best channel: (actions, customers) both."""


def rank(
    compiled: CompiledPolicy,
    expected: Numbers,
    alive: Mask,
    hashes: Hashes,
    preference: Preference | None = None,
) -> Ranking:
    """Rank by expected value, or by `preference`; each action through the channel that is worth most.

    Equals are ordered by a hash of customer and name, not by their place.
    """
    worth = np.where(alive, expected, -np.inf)
    channel = _best_channel(worth, mix(hashes, name_hashes(compiled.channels)[:, np.newaxis]))
    best = worth.max(axis=1)
    ties = mix(hashes, name_hashes(tuple(action.id for action in compiled.actions))[:, np.newaxis])
    liked = np.where(best > -np.inf, preference(best), -np.inf) if preference else best
    order = np.lexsort((ties, -liked), axis=0)
    survived = np.take_along_axis(best, order, axis=0) > -np.inf
    return Ranking(np.where(best > -np.inf, channel, NOBODY), np.where(survived, order, NOBODY))


def _best_channel(worth: Numbers, ties: Hashes) -> Places:
    best = worth == worth.max(axis=1, keepdims=True)
    # The last bit set, so that a hash of 0 still comes before channels that are not the best.
    return np.asarray(np.argmax(np.where(best, ties | np.uint64(1), np.uint64(0)), axis=1))


def choose(compiled: CompiledPolicy, ranking: Ranking, spared: Mask) -> Mask:
    """What is done: shape (actions, customers), at most `max_actions` each.

    From the best down, an action is taken unless the policy excludes it together with one already taken, or
    it is among the `spared` (actions, customers).
    """
    chosen = np.zeros(ranking.order.shape, dtype=np.bool_)
    everyone = np.arange(ranking.order.shape[1])
    excluded = np.zeros((len(chosen), len(chosen)), dtype=np.bool_)
    for one, other in compiled.exclusions:
        excluded[one, other] = excluded[other, one] = True
    blocked = spared.copy()
    for best in ranking.order:
        free = (best >= 0) & ~blocked[best, everyone] & (chosen.sum(axis=0) < compiled.policy.max_actions)
        taken, whose = best[free], everyone[free]
        chosen[taken, whose] = True
        blocked[:, whose] |= excluded[:, taken]
    return chosen


def fall_back(
    compiled: CompiledPolicy, ranking: Ranking, allowed: Mask, expected: Numbers
) -> tuple[Ranking, Mask]:
    """The ranking with the policy's default first where nothing survived, and for whom that is: (customers,).

    `allowed` (actions, channels, customers): what every stage but the last let pass. The default need not be
    worth its cost, but it must have been scored.
    """
    if compiled.fallback is None:
        return ranking, np.zeros(ranking.order.shape[1], dtype=np.bool_)
    worth = expected[compiled.fallback]
    worth = np.where(allowed[compiled.fallback] & ~np.isnan(worth), worth, -np.inf)
    falls = (ranking.order[0] == NOBODY) & (worth.max(axis=0) > -np.inf)
    order, channel = ranking.order.copy(), ranking.channel.copy()
    order[0, falls] = compiled.fallback
    channel[compiled.fallback, falls] = worth.argmax(axis=0)[falls]
    return Ranking(channel, order), falls
