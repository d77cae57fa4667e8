"""Who banks here: traits drawn once, all of them fixed for life and most of them visible in the tables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.synth.dates import Calendar
from experiments.synth.products import BALANCE_WEIGHTS, CATALOGUE, KINDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

REGIONS = ("north", "south", "east", "west", "centre")
SEXES = ("female", "male")
INDIVIDUAL, COMPANY, INSTITUTION = range(3)
NO_DAY = -1
YEAR_DAYS = 365.25
REACH = 0.08
"""Probability that a consenting customer is drawn for a contact in a month."""
JOINING_SHARE = 0.2
"""Share of customers who join during the simulation, the others before it."""


@dataclass(frozen=True)
class People:
    """One entry per customer; customer_id is the position + 1. Days are day numbers, `NO_DAY` where none.

    `joined_month`: month of the simulation, -1 if before it. `income`: euros a month. `activity`: expected
    transactions a month while engaged. `wealth`: euros held at the beginning. `retain_effect`: what a
    retention contact adds to the log-odds of leaving; `offer_effect`, shape (customers, products): what an
    offer adds to the log-odds of opening. Both are heterogeneous through visible traits. `taste`, of
    the same shape: how much of the wealth goes into a product, beside the others' tastes. `reach`: the
    probability that a consenting customer is drawn for a contact in a month.
    """

    kind: Ints
    sex: Ints
    region: Ints
    digital: Flags
    born: Ints
    joined: Ints
    joined_month: Ints
    company_stage: Ints
    income: Floats
    activity: Floats
    wealth: Floats
    consents: Flags
    withdraws: Ints
    retain_effect: Floats
    offer_effect: Floats
    taste: Floats
    reach: float = REACH

    def __len__(self) -> int:
        return len(self.kind)

    def age(self, day: int) -> Floats:
        """Age in years at a day; 45 for those without a birth date."""
        return np.where(self.born == NO_DAY, 45.0, (day - self.born) / YEAR_DAYS)

    def stage(self, day: int) -> Ints:
        """Position in STAGES: by age for individuals, fixed for the others."""
        by_age = np.searchsorted([24.0, 35.0, 50.0, 65.0], self.age(day), side="right")
        return np.where(self.kind == INDIVIDUAL, by_age, self.company_stage)


def draw_people(customers: int, calendar: Calendar, rng: np.random.Generator, reach: float = REACH) -> People:
    """Everyone who ever banks here within the calendar."""
    kind = rng.choice(len(KINDS), customers, p=(0.82, 0.15, 0.03))
    private = kind == INDIVIDUAL
    start, end = calendar.start(0), calendar.start(calendar.months)
    age = np.clip(18 + rng.gamma(2.6, 11.0, customers), 18, 95)
    joined_month, joined = _joining(customers, calendar, rng)
    born = np.where(private, np.minimum(start - (age * YEAR_DAYS).astype(int), joined - 16 * 366), NO_DAY)
    digital = rng.random(customers) < np.where(private, 1 / (1 + np.exp((age - 55) / 12)), 0.7)
    income = np.exp(rng.normal(0, 0.45, customers)) * np.choose(kind, (2600, 26000, 60000))
    spread = rng.normal(0, 1, customers)
    wealth = np.exp(
        np.choose(kind, (8.3, 9.6, 11.0)) + 0.3 * np.log(income / np.median(income)) + 1.25 * spread
    )
    withdraws = np.where(rng.random(customers) < 0.04, rng.integers(start, end, customers), NO_DAY)
    return People(
        kind=kind,
        sex=np.where(private, rng.integers(0, 2, customers), NO_DAY),
        region=rng.integers(0, len(REGIONS), customers),
        digital=digital,
        born=born,
        joined=joined,
        joined_month=joined_month,
        company_stage=np.where(kind == COMPANY, 5 + rng.integers(0, 3, customers), 8),
        income=income,
        activity=np.choose(kind, (9.0, 14.0, 11.0)) * rng.gamma(6.0, 1 / 6.0, customers),
        wealth=wealth,
        consents=rng.random(customers) < 0.75,
        withdraws=np.maximum(withdraws, np.where(withdraws == NO_DAY, NO_DAY, joined + 1)),
        retain_effect=_retain_effect(age, digital, private),
        offer_effect=_offer_effect(age, digital),
        taste=BALANCE_WEIGHTS * np.exp(rng.normal(0, 0.6, (customers, len(CATALOGUE)))),
        reach=reach,
    )


def _joining(customers: int, calendar: Calendar, rng: np.random.Generator) -> tuple[Ints, Ints]:
    late = rng.random(customers) < JOINING_SHARE
    month = np.where(late, rng.integers(0, calendar.months, customers), -1)
    starts = np.array([calendar.start(index) for index in range(calendar.months)])
    years = np.minimum(rng.gamma(1.4, 5.0, customers), 40)
    before = calendar.start(0) - 1 - (years * YEAR_DAYS).astype(int)
    return month, np.where(late, starts[month] + rng.integers(0, 28, customers), before)


def _retain_effect(age: Floats, digital: Flags, private: Flags) -> Floats:
    """Persuadable when digital, unmoved in between, and woken rather than kept when old and offline."""
    offline_and_old = private & ~digital & (age > 60)
    return np.where(offline_and_old, 0.4, np.where(digital, -1.1, -0.4))


def _offer_effect(age: Floats, digital: Flags) -> Floats:
    """Offers work through the app, lending offers on the young, deposits and funds on the old."""
    lending = np.array([line.category == "lending" for line in CATALOGUE])
    youth = np.clip((45 - age) / 25, -1, 1)[:, None]
    return 0.4 + 0.5 * digital[:, None] + 0.4 * np.where(lending, youth, -youth)
