"""The law of the synthetic bank: who leaves and who opens what, from what the tables reveal.

The log-odds computed from the tables at the beginning of month m act in month m + 2: customers brood. So at
a snapshot every log-odds that acts within the next three months is already settled, and the probability
over a label window has a closed form (truth.py) although the state itself keeps moving at random.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from experiments.synth.dates import Calendar
from experiments.synth.population import Flags, Floats, People
from experiments.synth.products import CATALOGUE, FOLLOWS, OFFERED, SOLD_TO, STAGE_EFFECT
from experiments.synth.state import State

BASE_CHURN = -3.8
NEVER = -30.0
"""Log-odds of what cannot happen."""


def probability(logit: NDArray[np.floating]) -> Floats:
    """The logistic function; float64, shape as `logit`."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(logit, dtype=np.float64))))


def churn_logit(people: People, state: State, calendar: Calendar, month: int) -> Floats:
    """Log-odds of leaving in one month, from the state at the beginning of `month`; shape (customers,)."""
    day = calendar.start(month)
    tenure_years = np.maximum(day - people.joined, 0) / 365.25
    age = people.age(day)
    lapsed = state.since_salary
    return np.asarray(
        BASE_CHURN
        + 1.8 * np.minimum(state.complaints_open(day), 2)
        + 0.9 * np.minimum(state.complaints_recent(), 2)
        + 2.0 * state.drift
        - 0.6 * np.log1p(tenure_years)
        - 0.5 * np.minimum(state.held.sum(axis=1) - 1, 4)
        - 0.8 * state.salaried
        + 1.3 * ((lapsed > 0) & (lapsed <= 6))
        + 0.5 * (age < 30)
        - 0.4 * (age > 60)
        - 0.1 * (np.log(np.maximum(state.wealth, 1.0)) - 8.5)
    )


def opening_logits(people: People, state: State, calendar: Calendar, month: int) -> NDArray[np.float32]:
    """Log-odds of opening each product in one month; shape (customers, products), NEVER where not sold.

    Whether it is already held does not enter: a product held cannot be opened, at whatever odds.
    """
    income = _standard(np.log(people.income), people.kind)
    wealth = _standard(np.log(np.maximum(state.wealth, 1.0)), people.kind)
    odds = np.array([max(line.monthly_odds, 1e-12) for line in CATALOGUE])
    logits = np.log(odds) + STAGE_EFFECT[people.stage(calendar.start(month))]
    logits += state.held @ FOLLOWS
    for driver, name in ((income, "income"), (wealth, "wealth"), (people.digital - 0.5, "digital")):
        logits += driver[:, None] * np.array([getattr(line, name) for line in CATALOGUE])
    logits += (0.3 * state.salaried - 0.8 * state.drift)[:, None]
    return np.where(SOLD_TO[people.kind] & OFFERED, logits, NEVER).astype(np.float32)


def _standard(values: Floats, kind: NDArray[np.int64]) -> Floats:
    """Log euros around a typical customer of its kind, in units of a common spread."""
    typical = np.array(
        [np.median(values[kind == each]) if (kind == each).any() else 0.0 for each in range(3)]
    )
    return np.asarray(np.clip((values - typical[kind]) / 1.2, -2.5, 2.5))


def advance_logits(people: People, state: State, calendar: Calendar, month: int) -> None:
    """Push this month's log-odds into the state; those who have just joined brood on today's throughout."""
    leaving = churn_logit(people, state, calendar, month)
    opening = opening_logits(people, state, calendar, month)
    state.churn_logits = _push(state.churn_logits, leaving, state.here)
    state.opening_logits = _push(state.opening_logits, opening, state.here)


Number = TypeVar("Number", np.float32, np.float64)


def _push(kept: NDArray[Number], new: NDArray[Number], here: Flags) -> NDArray[Number]:
    shifted = np.concatenate([kept[1:], new[None]])
    fresh = here & np.isnan(shifted.reshape(len(shifted), len(here), -1)[:, :, 0]).any(axis=0)
    shifted[:, fresh] = new[fresh]
    shifted[:, ~here] = np.nan
    return shifted
