"""Campaigns: each month a lottery picks consenting customers, an action for each, and an arm."""

from dataclasses import dataclass

import numpy as np

from experiments.synth.dates import Calendar
from experiments.synth.population import Flags, Floats, Ints, People
from experiments.synth.products import OFFERED, SOLD_TO
from experiments.synth.state import State

RETAIN_SHARE = 0.4
RETAIN_TREATED, OFFER_TREATED = 0.5, 0.7
"""Assignment probabilities of the treatment arm."""

EFFECT_MONTHS = 3
"""A treatment acts in its month and the two after it."""

RETAIN = -1
NOBODY = -2


@dataclass(frozen=True)
class Campaign:
    """One month's contacts: `customer` positions; `product` position, or RETAIN; `treated`."""

    customer: Ints
    product: Ints
    treated: Flags


def may_contact(people: People, state: State, day: int) -> Flags:
    """Who is here and consents to marketing on a day."""
    withdrawn = (people.withdraws > 0) & (people.withdraws < day)
    return state.here & people.consents & ~withdrawn


def retain_rate(people: People, state: State, calendar: Calendar, month: int) -> Floats:
    """Monthly probability of a retention treatment; shape (customers,)."""
    chance = people.reach * RETAIN_SHARE * RETAIN_TREATED
    return np.where(may_contact(people, state, calendar.start(month)), chance, 0.0)


def offer_rate(people: People, state: State, calendar: Calendar, month: int) -> Floats:
    """Monthly probability of a treated offer of each product; shape (customers, products)."""
    open_to = offerable(people, state)
    each = people.reach * (1 - RETAIN_SHARE) * OFFER_TREATED / np.maximum(open_to.sum(axis=1), 1)
    contactable = may_contact(people, state, calendar.start(month))
    return np.where(open_to & contactable[:, None], each[:, None], 0.0)


def offerable(people: People, state: State) -> Flags:
    """Products sold to the customer's kind and not held; shape (customers, products)."""
    return np.asarray(SOLD_TO[people.kind] & OFFERED & ~state.held)


def run_campaign(
    people: People, state: State, calendar: Calendar, month: int, rng: np.random.Generator
) -> Campaign:
    """Draw the month's contacts and let the treatments act on the state."""
    drawn = may_contact(people, state, calendar.start(month)) & (rng.random(len(people)) < people.reach)
    customer = np.flatnonzero(drawn)
    open_to = offerable(people, state)[customer]
    lottery = np.where(open_to, rng.random(open_to.shape), -1.0)
    retain = rng.random(len(customer)) < RETAIN_SHARE
    product = np.where(retain, RETAIN, np.where(open_to.any(axis=1), lottery.argmax(axis=1), NOBODY))
    treated = rng.random(len(customer)) < np.where(retain, RETAIN_TREATED, OFFER_TREATED)
    kept = product != NOBODY
    campaign = Campaign(customer[kept], product[kept], treated[kept])
    _act(state, campaign, month + EFFECT_MONTHS)
    return campaign


def _act(state: State, campaign: Campaign, until: int) -> None:
    saved = campaign.treated & (campaign.product == RETAIN)
    state.retained_until[campaign.customer[saved]] = until
    offered = campaign.treated & (campaign.product != RETAIN)
    state.offered_until[campaign.customer[offered], campaign.product[offered]] = until
