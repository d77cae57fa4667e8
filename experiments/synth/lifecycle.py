"""Joining, leaving, opening and closing: a month's draws from the law in hazard.py."""

from dataclasses import dataclass

import numpy as np

from experiments.synth.dates import Calendar
from experiments.synth.hazard import probability
from experiments.synth.interactions import Presence
from experiments.synth.population import NO_DAY, Flags, Ints, People
from experiments.synth.products import MONTHLY_CLOSING
from experiments.synth.state import State, anchor, some_day


@dataclass(frozen=True)
class Turnover:
    """A month's comings and goings, shape (customers,) but `closed` and `opened`, (customers, products)."""

    leaves: Flags
    leave_day: Ints
    joins: Flags
    opened: Flags
    closed: Flags


def turn_over(
    people: People, state: State, calendar: Calendar, month: int, rng: np.random.Generator
) -> Turnover:
    """Draw who leaves, joins, opens and closes in a month, and write the holdings into the state.

    Leaving closes everything on one day, and whoever leaves opens nothing in that month; the first
    product is closed only by leaving, so no other closing can make a leaver.
    """
    count = len(people)
    treated = state.retained_until > month
    logit = np.where(state.here, state.churn_logits[0] + people.retain_effect * treated, -np.inf)
    leaves = rng.random(count) < probability(logit)
    leave_day = np.where(leaves, some_day(calendar, month, (count,), rng), NO_DAY)
    joins = people.joined_month == month
    staying = (state.here & ~leaves)[:, None]

    held = state.held
    offered = state.offered_until > month
    odds = np.where(staying, state.opening_logits[0] + people.offer_effect * offered, -np.inf)
    opens = (rng.random(held.shape) < probability(odds)) & ~held
    quits = (rng.random(held.shape) < MONTHLY_CLOSING) & held & staying & ~anchor(people)
    opening_day, closing_day = (some_day(calendar, month, held.shape, rng) for _ in range(2))
    quits &= closing_day > state.opened

    closed = (held & leaves[:, None]) | quits
    closing_day = np.where(quits, closing_day, leave_day[:, None])
    state.spells.add(closed, state.opened, closing_day)
    state.opened[closed] = NO_DAY
    state.opened[opens] = opening_day[opens]
    first = anchor(people) & joins[:, None]
    state.opened[first] = np.broadcast_to(people.joined[:, None], held.shape)[first]
    return Turnover(leaves, leave_day, joins, opens, closed)


def presence(people: People, state: State, turnover: Turnover, calendar: Calendar, month: int) -> Presence:
    """On which days of the month each customer banks here."""
    start, end = calendar.start(month), calendar.start(month + 1)
    first = np.where(turnover.joins, people.joined, start)
    last = np.where(state.here | turnover.joins, end, first)
    return Presence(start, first, np.where(turnover.leaves, turnover.leave_day, last))


def settle(state: State, turnover: Turnover) -> None:
    """Let the month's leavers be gone and its joiners be there from the next month on."""
    state.here = (state.here & ~turnover.leaves) | turnover.joins
    state.since_salary = np.where(turnover.leaves, NO_DAY, state.since_salary)
