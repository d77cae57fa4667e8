"""Between arbitration and holdout: at times another action than the best, with exactly known probability.

The only chance is a keyed hash of customer, period and salt, so a decision can be made again. What is drawn
from is a mixture with weights in closed form: (1 - share) of the base (the best action; with thompson, the
winners of the `samples` drawings, count / samples each) and `share` of any action; then
lambda of that and 1 - lambda of the best action, lambda = min(1, most_lost / expected loss). Probabilities
are whole multiples of 2**-40, so sums and the comparison with a draw of 53 bits are exact: what is recorded
is what a uniform hash does, not an approximation of it.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from scipy.special import betaincinv

from serving.decision.arbitration import Places, Ranking
from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Numbers
from serving.decision.holdout import period
from serving.decision.keyed import Hashes, customer_hashes, mix, name_hashes, uniform
from serving.decision.stage import Mask
from serving.decision.value import Factors

GRID: Final = 2.0**-40
WITHIN: Final = 1 - 2.0**-40
"""Keeps a cap divided and multiplied again from coming out above itself."""

LEAST: Final = 1e-9
"""A model's probability of 0 or 1 would be a Beta without spread."""


@dataclass(frozen=True)
class Exploration:
    """`ranking` with what was chosen in front; `probabilities` (actions, customers) of each being chosen.

    `probability` (customers,): of what was chosen, 1 where nothing could be. `explored` (customers,): whether
    that is not the best. `draw` (customers,): the lot, 0 where nothing is explored.
    """

    ranking: Ranking
    probabilities: Numbers
    probability: Numbers
    explored: Mask
    draw: Numbers


@dataclass(frozen=True)
class _Choice:
    """Shapes (actions, customers), in the order of the ranking: the best action is row 0.

    `place` of each action, 0 where none; `free`: may be chosen; `worth`: expected value, 0 where not free.
    """

    place: Places
    free: Mask
    worth: Numbers


@dataclass(frozen=True)
class _Cells:
    """What thompson draws for, shape (cells,) each: every free action with few outcomes.

    `row` in the order of the ranking and `customer`; `alpha` and `beta` of the probability; `gain` if the
    action works and `cost`, in money; `hashes` of customer and action.
    """

    row: Places
    customer: Places
    alpha: Numbers
    beta: Numbers
    gain: Numbers
    cost: Numbers
    hashes: Hashes


def explore(
    compiled: CompiledPolicy,
    factors: Factors,
    ranking: Ranking,
    ids: pa.Array,
    today: date,
    *,
    whom: Mask | None = None,
) -> Exploration:
    """What to choose for each customer on `today`, of what survived and was ranked.

    Only for those of `whom`, shape (customers,), is another action tried (None: everyone).
    """
    spec = compiled.policy.exploration
    best = np.zeros(ranking.order.shape)
    best[0] = 1.0
    if spec.method == "none":
        certain, nobody = np.ones(len(ids)), np.zeros(len(ids), dtype=np.bool_)
        return Exploration(ranking, _by_place(ranking, best), certain, nobody, np.zeros(len(ids)))
    choice = _choice(compiled, factors, ranking, whom)
    key = (compiled.bank, spec.salt, period(spec.period, today))
    base = best
    if spec.method == "thompson":
        hashes = customer_hashes(ids, "thompson", *key)
        base = _thompson(choice, _cells(compiled, factors, choice, ranking.channel, hashes), spec.samples)
    shares = _capped(_mixed(base, choice.free, spec.share), choice, spec.most_lost)
    drawn = uniform(customer_hashes(ids, "exploration", *key))
    position = np.count_nonzero(np.cumsum(shares, axis=0) <= drawn, axis=0)
    return _chosen(ranking, shares, np.asarray(position), drawn)


def _choice(compiled: CompiledPolicy, factors: Factors, ranking: Ranking, whom: Mask | None) -> _Choice:
    place = np.maximum(ranking.order, 0)
    groups = compiled.policy.exploration.groups
    explorable = np.array([action.group in groups for action in compiled.actions])[place]
    # Where the best action is not to be replaced, nothing else is free.
    free = (ranking.order >= 0) & explorable & explorable[0] & (True if whom is None else whom)
    channel = np.maximum(np.take_along_axis(ranking.channel, place, axis=0), 0)
    worth = factors.expected[place, channel, np.arange(place.shape[1])]
    return _Choice(place, free, np.where(free, worth, 0.0))


def _mixed(base: Numbers, free: Mask, share: float) -> Numbers:
    """`share` of the probability evenly over what is free, the rest as in `base`."""
    even = free / np.maximum(free.sum(axis=0), 1)
    return np.asarray(np.where(free.any(axis=0), (1 - share) * base + share * even, base))


def _capped(shares: Numbers, choice: _Choice, most_lost: float) -> Numbers:
    """As much of `shares` as costs no more than `most_lost` on average, the rest on the best; on the grid."""
    lost = np.where(choice.free, choice.worth[0] - choice.worth, 0.0)
    # Not sum(): its order of addition, and with it the last bit, depends on the number of customers.
    loss = np.cumsum(shares * lost, axis=0)[-1]
    kept = np.where(loss > most_lost, most_lost / np.where(loss > 0, loss, 1.0) * WITHIN, 1.0)
    found = np.floor(shares * kept / GRID) * GRID
    found[0] = 1.0 - np.cumsum(found[1:], axis=0)[-1] if len(found) > 1 else 1.0
    return np.asarray(found)


def _thompson(choice: _Choice, cells: _Cells, samples: int) -> Numbers:
    """The share of the drawings that each action wins, shape (actions, customers), in the ranking's order."""
    wins = np.zeros(choice.place.shape)
    everyone = np.arange(choice.place.shape[1])
    for number in name_hashes(tuple(map(str, range(samples)))):
        worth = np.where(choice.free, choice.worth, -np.inf)
        chance = betaincinv(cells.alpha, cells.beta, uniform(mix(cells.hashes, number)))
        worth[cells.row, cells.customer] = chance * cells.gain - cells.cost
        # The first of equals is the better ranked; where nothing is free that is the best.
        wins[np.argmax(worth, axis=0), everyone] += 1.0
    return wins / samples


def _cells(
    compiled: CompiledPolicy, factors: Factors, choice: _Choice, channels: Places, hashes: Hashes
) -> _Cells:
    spec = compiled.policy.exploration
    counts = [spec.outcomes.get(action.id) for action in compiled.actions]
    tried = np.array([(one.successes, one.failures) if one else (0, 0) for one in counts], dtype=np.float64)
    few = tried.sum(axis=1) < spec.few_outcomes
    row, customer = np.nonzero(choice.free & few[choice.place])
    place = choice.place[row, customer]
    channel = channels[place, customer]
    chance = np.clip(factors.probability[place, customer], LEAST, 1 - LEAST)
    weight = np.broadcast_to(factors.context_weight, factors.expected.shape)[place, channel, customer]
    levers = np.broadcast_to(factors.lever, factors.probability.shape)
    names = name_hashes(tuple(action.id for action in compiled.actions))
    return _Cells(
        row=row,
        customer=customer,
        alpha=spec.pseudo_outcomes * chance + tried[place, 0],
        beta=spec.pseudo_outcomes * (1 - chance) + tried[place, 1],
        gain=factors.value[place, customer] * weight * levers[place, customer],
        cost=factors.cost[place, channel],
        hashes=mix(hashes[customer], names[place]),
    )


def _chosen(ranking: Ranking, shares: Numbers, position: Places, drawn: Numbers) -> Exploration:
    """The ranking with the action at `position` (customers,) in front, and every action's probability."""
    rows = np.arange(len(shares))[:, np.newaxis]
    turns = np.argsort(np.where(rows == position, -1, rows), axis=0, kind="stable")
    order = np.take_along_axis(ranking.order, turns, axis=0)
    probability = np.take_along_axis(shares, position[np.newaxis], axis=0)[0]
    return Exploration(
        ranking=Ranking(ranking.channel, order),
        probabilities=_by_place(ranking, shares),
        probability=probability,
        explored=np.asarray(position > 0),
        draw=drawn,
    )


def defaulted(exploration: Exploration, ranking: Ranking, fallback: Mask) -> Exploration:
    """The same where `ranking` begins with the policy's default for those of `fallback`, with certainty."""
    first = np.arange(len(ranking.channel))[:, np.newaxis] == ranking.order[0]
    probabilities = np.where(first & fallback, 1.0, exploration.probabilities)
    return replace(exploration, ranking=ranking, probabilities=probabilities)


def _by_place(ranking: Ranking, shares: Numbers) -> Numbers:
    """Shares in the order of the ranking, put where their actions are; of nothing (-1) they are dropped."""
    actions = len(shares)
    found = np.zeros((actions + 1, shares.shape[1]))
    np.put_along_axis(found, np.where(ranking.order < 0, actions, ranking.order), shares, axis=0)
    return found[:actions]
