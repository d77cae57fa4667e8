"""Prices of the limits: what one more unit of each would be worth, and the bound they prove.

The bound (the Lagrangian dual; Fisher 1981) is convex in the prices. A programme over a sample of customers
says about where it is lowest; from there a quasi-Newton method goes down over everyone, with every contact's
worth moved a little by a keyed amount: a million equal customers then do not all change their minds at
the same price, and what they ask for meets the limits.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from serving.selection.choice import demand_at
from serving.selection.exact import PENALTY, relaxed_prices
from serving.selection.problem import Numbers, Places, Problem

SAMPLE_CELLS: Final = 30_000
MIDDLE: Final = 40_000
STEPS: Final = (60, 40)
"""Of the descent: on at most `MIDDLE` customers, then on everyone."""

MOVED: Final = (3e-3, 3e-4)
"""By how much of itself a contact's worth is moved, on the way and at the end."""

HALVINGS: Final = 30
GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True)
class Priced:
    """Prices (rows,), negative where a minimum asks for more, and the bound they prove.

    `moved` (actions, channels, customers): the worths at which choices meet the limits.
    """

    prices: Numbers
    bound: float
    moved: Numbers


def best_prices(problem: Problem, start: Numbers | None = None) -> Priced:
    """Prices at which the bound is about as low as it gets; `start`: prices that are near already."""
    prices = _sampled(problem) if start is None else start
    middle = np.flatnonzero(problem.ranks < MIDDLE)
    if problem.customers > MIDDLE:
        share = len(middle) / problem.customers
        part = problem.part(middle, problem.upper * share, problem.lower * share)
        prices = descend(part, moved(part, MOVED[0]), prices, STEPS[0])
    worth = moved(problem, MOVED[1])
    tried = [prices]
    for _ in range(2 if problem.managers else 1):
        prices = own_prices(problem, worth, descend(problem, worth, prices, STEPS[1]))
        tried.append(prices)
    bounds = [bound_at(problem, one) for one in tried]
    best = int(np.argmin(bounds))
    return Priced(tried[best], bounds[best], worth)


def bound_at(problem: Problem, prices: Numbers) -> float:
    """No list that keeps limits and minima is worth more than this, whatever the prices.

    Prices are not negative except where there is a minimum.
    """
    return _held(problem, prices) + demand_at(problem, prices)[0]


def descend(problem: Problem, worth: Numbers, prices: Numbers, steps: int) -> Numbers:
    """Prices from which no small step lowers the bound at these worths."""
    rows = len(problem.upper)
    floors = np.flatnonzero(problem.lower > 0)
    most = PENALTY * float(np.max(worth, initial=0.0))
    size = _size(problem)
    unit = problem.scale * max(problem.customers, 1)

    def bound(scaled: Numbers) -> tuple[float, Numbers]:
        down, up = scaled[:rows] * size, scaled[rows:] * size[floors]
        both = down.copy()
        both[floors] -= up
        total, used = demand_at(problem, both, worth)
        slope = np.concatenate([(problem.upper - used) * size, (used - problem.lower)[floors] * size[floors]])
        # A price and its opposite may both be held: the bound then counts each against its own limit.
        held = down @ problem.upper - up @ problem.lower[floors]
        return float(held + total) / unit, slope / unit

    begin = np.concatenate([np.maximum(prices, 0.0) / size, np.maximum(-prices[floors], 0.0) / size[floors]])
    limits = [(0.0, None)] * rows + [(0.0, most / size[row]) for row in floors]
    options = {"maxiter": steps, "ftol": 1e-11, "gtol": 1e-12, "maxcor": 20}
    found = minimize(bound, begin, jac=True, method="L-BFGS-B", bounds=limits, options=options)
    prices = np.asarray(found.x[:rows] * size)
    prices[floors] -= found.x[rows:] * size[floors]
    return prices


def own_prices(problem: Problem, worth: Numbers, prices: Numbers) -> Numbers:
    """The same prices with every manager's best, found by halving: each depends on its own customers only."""
    if problem.books is None:
        return prices
    first = len(problem.limits)
    low = np.zeros(problem.managers)
    high = np.full(problem.managers, max(float(np.max(worth, initial=0.0)), 0.0) + 1.0)
    served = np.flatnonzero(problem.books.owner >= 0)
    part, worth = problem.part(served, problem.upper, problem.lower), worth[:, :, served]
    found = prices.copy()
    for _ in range(HALVINGS):
        found[first:] = (low + high) / 2
        too_much = demand_at(part, found, worth)[1][first:] > problem.books.capacity
        low, high = np.where(too_much, found[first:], low), np.where(too_much, high, found[first:])
    free = found.copy()
    free[first:] = 0.0
    idle = demand_at(part, free, worth)[1][first:] <= problem.books.capacity
    found[first:] = np.where(idle, 0.0, high)
    return found


def moved(problem: Problem, by: float) -> Numbers:
    """Every contact's worth, moved by up to the share `by`: by another amount for each customer and cell."""
    draw = (problem.ranks + 0.5) / max(problem.customers, 1)
    worth = problem.expected.copy()
    rows = worth.reshape(-1, problem.customers)
    for place in range(len(rows)):
        rows[place] *= 1 + by * (2 * ((draw + GOLDEN * (place + 1)) % 1.0) - 1)
    return worth


def _held(problem: Problem, prices: Numbers) -> float:
    """What the prices ask for everything there is."""
    return float(np.where(prices > 0, prices * problem.upper, prices * problem.lower).sum())


def _size(problem: Problem) -> Numbers:
    """A step of each price that moves the bound about as much as one of any other."""
    cells = np.maximum((problem.usage > 0).sum(axis=(1, 2)), 1)
    used = np.maximum(problem.usage.sum(axis=(1, 2)) / cells, 1e-12)
    used = np.concatenate([used, np.ones(problem.managers)])
    contacts = np.minimum(problem.upper / used, problem.customers) + 1
    return np.asarray(problem.scale / used * np.sqrt(max(problem.customers, 1) / contacts))


def _sampled(problem: Problem) -> Numbers:
    """Exact prices of a sample of customers; a manager's capacity is there shared by all managers."""
    alive = np.count_nonzero(problem.expected > -np.inf) / max(problem.customers, 1)
    sample = np.flatnonzero(problem.ranks < max(SAMPLE_CELLS / max(alive, 1e-9), 1))
    return _of_sample(problem, sample)


def _of_sample(problem: Problem, sample: Places) -> Numbers:
    share = len(sample) / max(problem.customers, 1)
    first = len(problem.limits)
    part = problem.part(sample, problem.upper * share, problem.lower * share)
    if problem.books is None or share == 1:
        return relaxed_prices(part)
    together = np.zeros((1, *problem.usage.shape[1:]))
    together[:, :, problem.books.channel] = 1.0
    common = Problem(
        expected=part.expected,
        usage=np.concatenate([problem.usage, together]),
        limits=np.append(part.limits, problem.books.capacity.sum() * share),
        ties=part.ties,
        minima=np.append(part.minima, 0.0),
        most=problem.most,
        exclusions=problem.exclusions,
    )
    prices = relaxed_prices(common)
    return np.concatenate([prices[:first], np.full(problem.managers, prices[first])])
