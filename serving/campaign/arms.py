"""Selecting where some customers are given to other ways of deciding: each within its share of the limits.

An arm of 5 % of the customers to be contacted has 5 % of every capacity, quota and budget, and fills it by
its own rule: random in the order of a keyed hash, propensity_only the likeliest first, no_levers by
selecting at its own worth. The policy itself has the rest. So a customer of an arm earns what all would,
were they decided that way; that is what arms are compared for.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from serving.campaign.pool import Pool
from serving.decision.arms import NO_LEVERS, OWN, PROPENSITY_ONLY, RANDOM
from serving.selection.greedy import greedy
from serving.selection.problem import Chosen, Numbers, Places, Problem, nothing, shortage, value_of
from serving.selection.select import Selection, select
from serving.selection.shortage import unavoidable

UNLIKELY: Final = 1e-12
"""Stands in for a probability of nothing: what is listed at all must be worth something."""

Rule = Callable[[Problem, Numbers], Chosen]
"""The list of a part of the problem, by each action's probability for its customers."""


def selected(pool: Pool, problem: Problem) -> Selection:
    """The list of all arms together.

    Its bound is that of the policy's own part and the worth of the arms' lists as they are: an arm's list may
    be worth less than another would. Its prices are the policy's.
    """
    own = np.flatnonzero(pool.arms == OWN)
    if len(own) == problem.customers:
        return select(problem)
    chosen = nothing(problem)
    for arm, rule in RULES.items():
        mine = np.flatnonzero(pool.arms == arm)
        upper = _share_of(problem, len(mine), max(int((~pool.held_out).sum()), 1))
        part = problem.part(mine, upper, np.zeros_like(problem.upper))
        chosen[:, mine] = rule(part, pool.factors.probability[:, mine])
    return _with_own(problem, chosen, own)


def _share_of(problem: Problem, mine: int, everyone: int) -> Numbers:
    """The share of every row that so many of everyone have; of contacts only whole ones, shape (rows,)."""
    counted = np.isin(problem.usage, (0.0, 1.0)).all(axis=(1, 2))
    counted = np.append(counted, np.ones(problem.managers, dtype=np.bool_))
    part = problem.upper * mine / everyone  # in this order 29 of 100 have 29 of 100, and not 28
    return np.where(counted, np.floor(part), part)


def _with_own(problem: Problem, chosen: Chosen, own: Places) -> Selection:
    """The arms' lists, and the policy's own within what they leave of the limits."""
    used, worth = problem.used(chosen), value_of(problem, chosen)
    left, least = (np.maximum(rows - used, 0.0) for rows in (problem.upper, problem.lower))
    found = select(problem.part(own, left, least))
    chosen[:, own] = found.chosen
    missing = shortage(problem, chosen)
    return Selection(
        chosen,
        found.prices,
        found.value + worth,
        found.bound + worth,
        found.greedy_value + worth,
        unavoidable(problem, missing) if missing.any() else (),
    )


def _in_any_order(part: Problem, _: Numbers) -> Chosen:
    return greedy(_preferring(part, np.ones_like(part.expected)))


def _likeliest_first(part: Problem, probability: Numbers) -> Chosen:
    liked = np.broadcast_to(np.maximum(probability, UNLIKELY)[:, np.newaxis], part.expected.shape)
    return greedy(_preferring(part, liked))


def _by_worth(part: Problem, _: Numbers) -> Chosen:
    return select(part).chosen


def _preferring(part: Problem, liked: Numbers) -> Problem:
    return replace(part, expected=np.where(part.expected > -np.inf, liked, -np.inf))


RULES: Final[Mapping[int, Rule]] = {
    RANDOM: _in_any_order,
    PROPENSITY_ONLY: _likeliest_first,
    NO_LEVERS: _by_worth,
}
