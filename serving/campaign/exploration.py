"""Now and then another action than the one selected, by the same channel: with exactly known probability.

What selecting finds for everyone rests on nobody's lot. Each customer's lot then decides alone, and no
limit can break: the channel stays, the cost does not rise under a budget, and no action of a product with a
quota comes or goes. So the probabilities are those of independent lots, whatever the limits made of the list.
Only `share` explores here; thompson's drawings are for one customer at a time.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving.campaign.pool import Pool
from serving.decision.arbitration import Places
from serving.decision.customers import Numbers
from serving.decision.exploration import GRID, WITHIN
from serving.decision.stage import Mask
from serving.selection.problem import Chosen

NOBODY: Final = -1


@dataclass(frozen=True)
class Explored:
    """What is done for each customer, and how likely that was.

    `chosen` (actions, customers): each action's channel, -1 for none. `probabilities` (actions, customers) of
    each action, for those with one contact or none; `probability` (customers,): of what was chosen.
    """

    chosen: Chosen
    probabilities: Numbers
    probability: Numbers


def explored(pool: Pool, selected: Chosen, allowed: Mask) -> Explored:
    """The selection with some actions changed for others; `allowed` (actions, channels, customers)."""
    base = np.where((selected >= 0).sum(axis=0) == 1, selected.argmax(axis=0), NOBODY)
    sure = (selected >= 0).astype(np.float64)
    rows = np.flatnonzero(base >= 0)
    if pool.compiled.policy.exploration.method == "none" or not len(rows):
        return Explored(selected, sure, np.ones(len(base)))
    channel = selected[base[rows], rows].astype(np.int64)
    shares = _shares(pool, rows, base[rows], channel, allowed)
    drawn = pool.lots[rows]
    crossed = np.count_nonzero(np.cumsum(shares, axis=0) <= drawn, axis=0)
    action = np.where(crossed < len(shares), crossed, base[rows])
    chosen, probabilities = selected.copy(), sure
    chosen[base[rows], rows] = NOBODY
    chosen[action, rows] = channel
    probabilities[:, rows] = shares
    # Whatever is not spent on others stays with what was selected: exact, since all are on the grid.
    probabilities[base[rows], rows] = 1.0 - np.cumsum(shares, axis=0)[-1]
    probability = np.ones(len(base))
    probability[rows] = probabilities[action, rows]
    return Explored(chosen, probabilities, probability)


def _shares(pool: Pool, rows: Places, base: Places, channel: Places, allowed: Mask) -> Numbers:
    """The probability of every other action, on the grid, shape (actions, rows); 0 for what was selected."""
    spec, everyone = pool.compiled.policy.exploration, np.arange(len(rows))
    free = allowed[:, channel, rows] & _may_change(pool, base, channel) & pool.own[rows]
    free[base, everyone] = False
    even = spec.share / (free.sum(axis=0) + 1)
    worth = np.where(free, pool.factors.expected[:, channel, rows], 0.0)
    lost = np.where(free, np.maximum(pool.factors.expected[base, channel, rows] - worth, 0.0), 0.0)
    # Not sum(): its order of addition, and with it the last bit, depends on the number of customers.
    loss = np.cumsum(even * lost, axis=0)[-1]
    kept = np.where(loss > spec.most_lost, spec.most_lost / np.where(loss > 0, loss, 1.0) * WITHIN, 1.0)
    return np.asarray(np.where(free, np.floor(even * kept / GRID) * GRID, 0.0))


def _may_change(pool: Pool, base: Places, channel: Places) -> NDArray[np.bool_]:
    """Whether an action may stand in for the one selected, shape (actions, rows)."""
    compiled, cost = pool.compiled, pool.factors.cost
    quotas = compiled.policy.campaign.products
    open_to = np.array(
        [
            one.group in compiled.policy.exploration.groups and one.product not in quotas
            for one in compiled.actions
        ]
    )
    changes = open_to[:, np.newaxis] & open_to[base]
    if compiled.policy.campaign.budget is not None:
        changes &= cost[:, channel] <= cost[base, channel]
    return np.asarray(changes)
