"""Fifth stage: of what survived, the best channel of each action, and the actions in order of value."""

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


def rank(compiled: CompiledPolicy, expected: Numbers, alive: Mask, hashes: Hashes) -> Ranking:
    """Rank by expected value; equals are ordered by a hash of customer and name, not by their place."""
    worth = np.where(alive, expected, -np.inf)
    channel = _best_channel(worth, mix(hashes, name_hashes(compiled.channels)[:, np.newaxis]))
    best = worth.max(axis=1)
    ties = mix(hashes, name_hashes(tuple(action.id for action in compiled.actions))[:, np.newaxis])
    order = np.lexsort((ties, -best), axis=0)
    survived = np.take_along_axis(best, order, axis=0) > -np.inf
    return Ranking(np.where(best > -np.inf, channel, NOBODY), np.where(survived, order, NOBODY))


def _best_channel(worth: Numbers, ties: Hashes) -> Places:
    best = worth == worth.max(axis=1, keepdims=True)
    # The last bit set, so that a hash of 0 still comes before channels that are not the best.
    return np.asarray(np.argmax(np.where(best, ties | np.uint64(1), np.uint64(0)), axis=1))
