"""Deposits and investments: one wealth per customer, spread over the products that carry a balance."""

from dataclasses import dataclass

import numpy as np

from experiments.synth.population import Flags, Floats, Ints, People
from experiments.synth.products import BALANCE_WEIGHTS
from experiments.synth.state import State

OUTFLOW = 0.15
"""Share of wealth that a unit of drift moves elsewhere in a month."""


@dataclass(frozen=True)
class Balances:
    """Balances of one date: customer positions, product positions, euros."""

    customer: Ints
    product: Ints
    balance: Floats


def move_wealth(state: State, rng: np.random.Generator) -> None:
    """A month's growth, noise and outflow."""
    noise = rng.normal(0.003, 0.02, len(state.wealth))
    state.wealth = state.wealth * np.exp(noise - OUTFLOW * state.drift)


def balances(people: People, state: State, closed: Flags) -> Balances:
    """What each product held carries at a month's end; those in `closed` end with nothing."""
    weights = state.held * people.taste
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    spread = np.round(state.wealth[:, None] * weights / total, 2)
    shown = (weights > 0) | (closed & (BALANCE_WEIGHTS > 0))
    customer, product = np.nonzero(shown)
    return Balances(customer, product, np.where(state.held, spread, 0.0)[customer, product])
