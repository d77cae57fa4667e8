"""The exact probabilities that a perfect model would give at a snapshot, and the true treatment effects.

Everything is conditional on the state at the snapshot: the log-odds that act in the window's months are
settled (see hazard.py); campaigns still to come are averaged over their known lottery. Left out, each below
1e-3 of a probability: consents withdrawn within the window, and, for openings, what retention
contacts to come do to leaving.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.synth.contacts import EFFECT_MONTHS, offer_rate, retain_rate
from experiments.synth.dates import Calendar
from experiments.synth.hazard import probability
from experiments.synth.population import Flags, Floats, People
from experiments.synth.products import OFFERED, SOLD_TO
from experiments.synth.state import State


@dataclass(frozen=True)
class Truth:
    """For the customers flagged in `here`: probabilities over the label window and effects of treating now.

    `churn` (rows,): of leaving. `openings` (rows, products): of opening, NaN where held at the snapshot
    and 0 where never sold.
    `retain_effect` (rows,) and `offer_effects` (rows, products): the probability if treated at the snapshot
    and never again, less the probability if never treated; NaN where nothing can be offered.
    """

    churn: Floats
    openings: Floats
    retain_effect: Floats
    offer_effects: Floats


def truth_at(people: People, state: State, calendar: Calendar, month: int) -> Truth:
    """What holds at the snapshot on the first of `month`, for every customer here then."""
    here = np.flatnonzero(state.here)
    shares = calendar.window_shares(month)
    months = range(month, month + len(shares))
    retained = np.array([state.retained_until[here] > each for each in months])
    offered = np.array([state.offered_until[here] > each for each in months])
    retain, offer = people.retain_effect[here], people.offer_effect[here]
    logits = state.churn_logits[: len(shares), here]
    left_alone, kept = probability(logits), probability(logits + retain)
    stay = 1 - np.where(retained, kept, left_alone)[:, :, None]
    odds = state.opening_logits[: len(shares), here]
    unasked, asked = stay * probability(odds), stay * probability(odds + offer)
    held, sold = state.held[here], (SOLD_TO[people.kind] & OFFERED)[here]

    def leaving(treated: Flags) -> Floats:
        return window_probability(np.where(treated, kept, left_alone), shares)

    def opening(treated: Flags) -> Floats:
        chance = np.where(treated, asked, unasked)
        return np.where(held, np.nan, window_probability(chance, shares, 1 - stay))

    return Truth(
        churn=_averaged(leaving, retained, retain_rate(people, state, calendar, month)[here]),
        openings=_averaged(opening, offered, offer_rate(people, state, calendar, month)[here]),
        retain_effect=leaving(np.ones_like(retained)) - leaving(retained),
        offer_effects=np.where(sold, opening(np.ones_like(offered)) - opening(offered), np.nan),
    )


def window_probability(chances: Floats, shares: list[float], lost: Floats | float = 0.0) -> Floats:
    """Probability that an event happens within the window.

    `chances` (months, ...): of the event in each month, given that nothing happened before. `shares`: the
    part of each month that the window covers. `lost` (months, ...): of another end in that month instead.
    """
    ends = np.broadcast_to(lost, chances.shape)
    alive = np.ones(chances.shape[1:])
    happened = np.zeros(chances.shape[1:])
    for chance, end, share in zip(chances, ends, shares, strict=True):
        happened += alive * chance * share
        alive = alive * (1 - chance - end)
    return happened


def _averaged(outcome: Callable[[Flags], Floats], treated: Flags, rate: Floats) -> Floats:
    """Average over the month of the next treatment, drawn each month with probability `rate`.

    A treatment acts for as many months as a window has, so later ones change nothing.
    """
    assert len(treated) <= EFFECT_MONTHS
    untreated_so_far = np.ones_like(rate)
    total = np.zeros_like(rate)
    for first in range(len(treated)):
        steps = np.arange(len(treated)).reshape(-1, *[1] * rate.ndim)
        total = total + untreated_so_far * rate * outcome(treated | (steps >= first))
        untreated_so_far = untreated_so_far * (1 - rate)
    return np.asarray(total + untreated_so_far * outcome(treated))
