"""What changes from month to month, customer by customer."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from experiments.synth.dates import QUIET_DAYS, Calendar
from experiments.synth.population import INDIVIDUAL, NO_DAY, YEAR_DAYS, Flags, Floats, Ints, People
from experiments.synth.products import ANCHORS, CATALOGUE, MONTHLY_CLOSING, OFFERED, SOLD_TO, STAGE_EFFECT

LAG_MONTHS = 3
"""Log-odds of this many months are kept; those of a month act two months later (see hazard.py)."""

COMPLAINT_MEMORY_MONTHS = 6


@dataclass
class Spells:
    """Holdings that have ended: parallel lists of arrays, one entry per month."""

    customer: list[Ints] = field(default_factory=list)
    product: list[Ints] = field(default_factory=list)
    opened: list[Ints] = field(default_factory=list)
    closed: list[Ints] = field(default_factory=list)

    def add(self, which: Flags, opened: Ints, closed: Ints) -> None:
        """Record that the flagged holdings, shape (customers, products), opened and closed on these days."""
        customer, product = np.nonzero(which)
        self.customer.append(customer)
        self.product.append(product)
        self.opened.append(opened[customer, product])
        self.closed.append(np.broadcast_to(closed, which.shape)[customer, product])


@dataclass
class State:
    """The customers at a month's beginning; arrays are written in place.

    `here`: joined before this month and not left. `opened`, shape (customers, products): day opened, NO_DAY
    where not held. `drift`: disengagement, 0 for a content customer; it lowers activity and balances and
    raises the hazard. `since_salary`: months since the last salary, NO_DAY for those who never had one.
    `complaints`: (made, day resolved) of the latest months, newest first. `churn_logits`: log-odds computed
    at the latest three months' beginnings, newest last; `opening_logits` likewise, shape (3, customers,
    products). `retained_until`, `offered_until`: first month in which a treatment no longer acts.
    """

    here: Flags
    opened: Ints
    drift: Floats
    since_salary: Ints
    wealth: Floats
    complaints: deque[tuple[Flags, Ints]]
    churn_logits: Floats
    opening_logits: NDArray[np.float32]
    retained_until: Ints
    offered_until: Ints
    spells: Spells

    @property
    def held(self) -> Flags:
        """Shape (customers, products)."""
        return np.asarray(self.opened != NO_DAY)

    @property
    def salaried(self) -> Flags:
        """Whose salary comes in."""
        return np.asarray(self.since_salary == 0)

    def complaints_open(self, day: int) -> Floats:
        """Complaints made before `day` and not resolved before it."""
        unresolved = [made & (resolved >= day) for made, resolved in self.complaints]
        return np.sum(unresolved, axis=0, dtype=np.float64) + np.zeros_like(self.drift)

    def complaints_recent(self, months: int = 3) -> Floats:
        """Complaints made in the latest months."""
        made = [made for made, _ in self.complaints][:months]
        return np.sum(made, axis=0, dtype=np.float64) + np.zeros_like(self.drift)


def begin(people: People, calendar: Calendar, rng: np.random.Generator) -> State:
    """The bank on the simulation's first day, with the holdings its customers had gathered by then."""
    count, products = len(people), len(CATALOGUE)
    here = people.joined_month < 0
    working = (people.kind == INDIVIDUAL) & (people.stage(calendar.start(0)) < 4)
    salaried = working & (rng.random(count) < 0.65)
    return State(
        here=here.copy(),
        opened=_first_holdings(people, calendar, rng),
        drift=np.where(here, rng.gamma(0.4, 0.5, count), 0.0),
        since_salary=np.where(salaried, 0, NO_DAY),
        wealth=people.wealth.copy(),
        complaints=deque(maxlen=COMPLAINT_MEMORY_MONTHS),
        churn_logits=np.full((LAG_MONTHS, count), np.nan),
        opening_logits=np.full((LAG_MONTHS, count, products), np.nan, dtype=np.float32),
        retained_until=np.zeros(count, dtype=np.int64),
        offered_until=np.zeros((count, products), dtype=np.int64),
        spells=Spells(),
    )


def anchor(people: People) -> Flags:
    """Each customer's first product, shape (customers, products)."""
    first = np.where(people.kind == INDIVIDUAL, *ANCHORS)
    return np.asarray(first[:, None] == np.arange(len(CATALOGUE)))


def _first_holdings(people: People, calendar: Calendar, rng: np.random.Generator) -> Ints:
    """Products opened at the true odds over the years before the simulation, at most eight of them."""
    start = calendar.start(0)
    tenure_months = np.clip((start - people.joined) / YEAR_DAYS * 12, 0, 96)
    odds = np.array([line.monthly_odds for line in CATALOGUE])
    rate = odds * np.exp(STAGE_EFFECT[people.stage(start)]) * SOLD_TO[people.kind] * OFFERED
    months_held = np.minimum(tenure_months[:, None], 1 / np.maximum(MONTHLY_CLOSING, 1e-3))
    held = rng.random(rate.shape) < 1 - np.exp(-0.7 * rate * months_held)
    ago = rng.random(rate.shape) * months_held / 12 * YEAR_DAYS
    opened = np.where(held, np.maximum(start - 1 - ago.astype(int), people.joined[:, None]), NO_DAY)
    return np.where(anchor(people) & (people.joined_month < 0)[:, None], people.joined[:, None], opened)


def some_day(calendar: Calendar, month: int, shape: tuple[int, ...], rng: np.random.Generator) -> Ints:
    """Days of the month on which accounts open and close, each as likely."""
    return calendar.start(month) + rng.integers(QUIET_DAYS, calendar.days(month), shape)
