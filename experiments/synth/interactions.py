"""Complaints, enquiries, visits and logins; and the moods they leave behind."""

from dataclasses import dataclass

import numpy as np

from experiments.synth.population import NO_DAY, Flags, Floats, Ints, People
from experiments.synth.state import State

INTERACTIONS = ("complaint", "enquiry", "visit", "login")
INTERACTION_CHANNELS = ("app", "branch", "call_centre", "web")
COMPLAINT, ENQUIRY, VISIT, LOGIN = range(4)
LONGEST_COMPLAINT_DAYS = 150
SALARY_STOPS, SALARY_RETURNS = 0.012, 0.06
SHOCK = 0.012
"""Monthly probability of a better offer elsewhere."""


@dataclass(frozen=True)
class Presence:
    """The days of the month beginning on `start` on which each customer banks here: [first, last)."""

    start: int
    first: Ints
    last: Ints

    @property
    def days(self) -> Ints:
        """How many."""
        return np.asarray(np.maximum(self.last - self.first, 0))

    def some_day(self, customer: Ints, rng: np.random.Generator) -> Ints:
        """A day for each customer given, all equally likely."""
        offset = rng.random(len(customer)) * self.days[customer]
        return np.asarray(self.first[customer] + offset.astype(np.int64))


@dataclass(frozen=True)
class Encounters:
    """Interactions of one month: customer positions, day, kind, channel, day resolved (NO_DAY: not yet)."""

    customer: Ints
    day: Ints
    kind: Ints
    channel: Ints
    resolved: Ints


def move_salaries(state: State, rng: np.random.Generator) -> Flags:
    """Let salaries stop and return; flags those that stop in this month."""
    draw = rng.random(len(state.here))
    stops = state.here & state.salaried & (draw < SALARY_STOPS)
    returns = (state.since_salary > 0) & (draw < SALARY_RETURNS)
    lapsed = (state.since_salary > 0) | stops
    state.since_salary = np.where(returns, 0, np.where(lapsed, state.since_salary + 1, state.since_salary))
    return stops


def complain(
    people: People, state: State, presence: Presence, rng: np.random.Generator
) -> tuple[Flags, Ints, Ints]:
    """Draw the month's complaints: (made, day, day resolved), each of shape (customers,)."""
    rate = 0.018 * (1 + 0.15 * state.held.sum(axis=1)) * (1 + 0.5 * state.drift) * (presence.days / 30)
    made = rng.random(len(people)) < rate
    day = presence.some_day(np.arange(len(people)), rng)
    takes = np.clip(np.exp(rng.normal(2.7, 0.9, len(people))), 1, LONGEST_COMPLAINT_DAYS).astype(int)
    return made, day, day + takes


def drift_away(
    state: State, complained: Flags, salary_stopped: Flags, day: int, rng: np.random.Generator
) -> None:
    """Disengagement fades by itself, and grows with open complaints, lost salaries and offers elsewhere."""
    shock = rng.random(len(state.drift)) < SHOCK
    push = 0.25 * state.complaints_open(day) + 0.2 * complained + 0.4 * salary_stopped + 1.2 * shock
    state.drift = np.where(state.here, np.minimum(0.9 * state.drift + push, 2.5), 0.0)


def meet(
    people: People,
    presence: Presence,
    engagement: Floats,
    complaints: tuple[Flags, Ints, Ints],
    rng: np.random.Generator,
) -> Encounters:
    """All interactions of the month, complaints first."""
    made, complaint_day, resolved = complaints
    whole = engagement * presence.days / 30
    rates = {
        ENQUIRY: 0.10 * whole,
        VISIT: 0.25 * whole * ~people.digital,
        LOGIN: 1.1 * whole * people.digital,
    }
    customers = [np.flatnonzero(made)]
    kinds = [np.full(len(customers[0]), COMPLAINT)]
    for each, rate in rates.items():
        customers.append(np.repeat(np.arange(len(people)), rng.poisson(rate)))
        kinds.append(np.full(len(customers[-1]), each))
    customer, kind = np.concatenate(customers), np.concatenate(kinds)
    complaint = kind == COMPLAINT
    day = np.where(complaint, complaint_day[customer], presence.some_day(customer, rng))
    return Encounters(
        customer=customer,
        day=day,
        kind=kind,
        channel=_channel(kind, people.digital[customer], rng),
        resolved=np.where(complaint, resolved[customer], NO_DAY),
    )


def _channel(kind: Ints, digital: Flags, rng: np.random.Generator) -> Ints:
    """Logins by app or web, visits at the branch, the rest by app or telephone."""
    coin = rng.random(len(kind)) < 0.75
    login = np.where(coin, 0, 3)
    other = np.where(digital & coin, 0, 2)
    return np.select([kind == LOGIN, kind == VISIT], [login, np.ones_like(kind)], other)
