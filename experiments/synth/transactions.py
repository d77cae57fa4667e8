"""One month's transactions: counts by engagement, then categories, channels, amounts and times by lookup."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.synth.interactions import Presence
from experiments.synth.population import INDIVIDUAL, Floats, Ints, People
from experiments.synth.products import STAGES
from experiments.synth.state import State

CHANNELS = ("app", "card", "branch", "atm", "order")
CATEGORIES = ("salary", "household", "leisure", "housing", "transfer", "cash", "revenue", "supplier")
SALARY, HOUSEHOLD, LEISURE, HOUSING, TRANSFER, CASH, REVENUE, SUPPLIER = range(8)
APP, CARD, BRANCH, ATM, ORDER = range(5)
PAYDAY = 25
LEVELS = 256
"""Discrete distributions are drawn by one random byte into a table of this many entries."""

CATEGORY_MIX = {
    "student": {HOUSEHOLD: 4, LEISURE: 5, TRANSFER: 2, CASH: 1},
    "starter": {HOUSEHOLD: 4, LEISURE: 4, HOUSING: 1, TRANSFER: 2, CASH: 1},
    "family": {HOUSEHOLD: 7, LEISURE: 2, HOUSING: 1, TRANSFER: 1, CASH: 1},
    "established": {HOUSEHOLD: 5, LEISURE: 3, HOUSING: 1, TRANSFER: 2, CASH: 1},
    "retired": {HOUSEHOLD: 5, LEISURE: 1, HOUSING: 1, TRANSFER: 1, CASH: 3},
    "start_up": {REVENUE: 5, SUPPLIER: 6, TRANSFER: 1},
    "growing": {REVENUE: 6, SUPPLIER: 5, TRANSFER: 1},
    "mature": {REVENUE: 6, SUPPLIER: 5, TRANSFER: 2},
    "public": {REVENUE: 3, SUPPLIER: 5, TRANSFER: 4},
}
ONLINE = {HOUSEHOLD: {CARD: 8, APP: 2}, LEISURE: {CARD: 6, APP: 4}, HOUSING: {ORDER: 1},
          TRANSFER: {APP: 9, BRANCH: 1}, CASH: {ATM: 1}, REVENUE: {ORDER: 3, CARD: 2, APP: 5},
          SUPPLIER: {APP: 7, ORDER: 3}, SALARY: {ORDER: 1}}  # fmt: skip
OFFLINE = ONLINE | {HOUSEHOLD: {CARD: 9, BRANCH: 1}, LEISURE: {CARD: 1}, TRANSFER: {BRANCH: 6, ORDER: 4},
                    CASH: {ATM: 6, BRANCH: 4}, REVENUE: {ORDER: 6, BRANCH: 4},
                    SUPPLIER: {BRANCH: 5, ORDER: 5}}  # fmt: skip
HOURS = {hour: 1 if hour < 7 else 4 if hour < 9 else 10 if hour < 20 else 5 for hour in range(24)}

TYPICAL_SHARE = np.array([1.0, 0.025, 0.02, 0.28, 0.08, 0.04, 0.12, 0.10], dtype=np.float32)
"""A typical amount of each category, as a share of monthly income."""


@dataclass(frozen=True)
class Payments:
    """Transactions of one month: customer positions, seconds since 1970, euros, channel, category."""

    customer: Ints
    second: Ints
    amount: Floats
    channel: Ints
    category: Ints


def table(weights: Mapping[int, float]) -> NDArray[np.uint8]:
    """A lookup from a uniform byte to a value, in proportion to the weights; shape (256,)."""
    shares = np.cumsum(list(weights.values())) / sum(weights.values())
    return np.array(list(weights), dtype=np.uint8)[
        np.searchsorted(shares, (np.arange(LEVELS) + 0.5) / LEVELS)
    ]


CATEGORY_TABLE = np.array([table(CATEGORY_MIX[stage]) for stage in STAGES])
CHANNEL_TABLE = np.array([[table(way[each]) for each in range(len(CATEGORIES))] for way in (OFFLINE, ONLINE)])
HOUR_TABLE = table(HOURS)


def pay(
    people: People, state: State, presence: Presence, engagement: Floats, rng: np.random.Generator
) -> Payments:
    """Draw one month: ordinary payments in Poisson numbers, and salaries on payday."""
    counts = rng.poisson(people.activity * engagement * presence.days / 30.4)
    ordinary = np.repeat(np.arange(len(people)), counts)
    stage = people.stage(presence.start)
    category = CATEGORY_TABLE[stage[ordinary], rng.integers(0, LEVELS, len(ordinary), dtype=np.uint8)]
    channel = CHANNEL_TABLE[
        people.digital[ordinary].astype(np.uint8),
        category,
        rng.integers(0, LEVELS, len(ordinary), dtype=np.uint8),
    ]
    second = _seconds(presence, ordinary, rng)
    amount = _amounts(people, ordinary, category, rng)
    paid = _paid(people, state, presence)
    payday = np.full(len(paid), presence.start + PAYDAY - 1)
    return Payments(
        customer=np.concatenate([ordinary, paid]),
        second=np.concatenate([second, payday * 86400 + 3600 * 6]),
        amount=np.round(np.concatenate([amount, people.income[paid]]), 2),
        channel=np.concatenate([channel, np.full(len(paid), ORDER, dtype=np.uint8)]),
        category=np.concatenate([category, np.full(len(paid), SALARY, dtype=np.uint8)]),
    )


def _paid(people: People, state: State, presence: Presence) -> Ints:
    payday = presence.start + PAYDAY - 1
    due = state.salaried & (people.kind == INDIVIDUAL)
    return np.flatnonzero(due & (presence.first <= payday) & (presence.last > payday))


def _seconds(presence: Presence, customer: Ints, rng: np.random.Generator) -> Ints:
    hour = HOUR_TABLE[rng.integers(0, LEVELS, len(customer), dtype=np.uint8)].astype(np.int64)
    return presence.some_day(customer, rng) * 86400 + hour * 3600 + rng.integers(0, 3600, len(customer))


def _amounts(people: People, customer: Ints, category: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """Log-normal around a share of income; money comes in for revenue and half of the transfers."""
    typical = TYPICAL_SHARE[category] * people.income[customer]
    spread = np.exp(0.7 * rng.standard_normal(len(customer), dtype=np.float32))
    comes_in = (category == REVENUE) | ((category == TRANSFER) & (rng.random(len(customer)) < 0.5))
    return np.asarray(np.maximum(typical * spread, 0.01) * np.where(comes_in, 1.0, -1.0))
