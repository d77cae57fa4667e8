"""Fifth stage: what an action is worth, every factor kept.

expected_value = probability * value * context_weight * lever - cost
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from features.vocabulary import CHURN, PROPENSITY_PREFIX, UPLIFT_PREFIX
from serving.decision.actions import Action
from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Customers, Numbers, held
from serving.decision.eligibility import Outcomes
from serving.decision.stage import Drops, Mask, Stage

NAME: Final = "valued"
BASE: Final = "base_and_balance"


@dataclass(frozen=True)
class Factors:
    """The factors of expected value; money in the bank's currency, NaN where unknown.

    Shapes: probability and value (actions, customers); context_weight (actions, channels, customers or 1);
    lever (actions, customers or 1); cost (actions, channels); expected (actions, channels, customers).
    """

    probability: Numbers
    value: Numbers
    context_weight: Numbers
    lever: Numbers
    cost: Numbers
    expected: Numbers


def value_factors(
    compiled: CompiledPolicy,
    customers: Customers,
    outcomes: Outcomes,
    today: date,
    unlevered: Mask | None = None,
) -> Factors:
    """Every factor for every action, channel and customer, multiplied in the order of the formula.

    For those of `unlevered`, shape (customers,), every lever is 1.
    """
    at_risk = value_at_risk(compiled, customers)
    probability = np.array([_probability(action, customers) for action in compiled.actions])
    value = np.array([_value(action, customers, at_risk) for action in compiled.actions])
    weight = _context_weight(compiled, outcomes, today)
    lever = np.array(compiled.levers(today))[:, np.newaxis]
    if compiled.policy.arms.no_levers and unlevered is not None:
        lever = np.where(unlevered, 1.0, lever)
    cost = _cost(compiled)
    gross = (probability * value)[:, np.newaxis] * weight * lever[:, np.newaxis]
    return Factors(probability, value, weight, lever, cost, gross - cost[:, :, np.newaxis])


def valued(compiled: CompiledPolicy, factors: Factors) -> Stage:
    """Shape (actions, channels, customers): scored, and worth more than the policy's minimum."""
    drops = Drops(NAME, factors.expected.shape)
    drops.drop("not_scored", np.isnan(factors.expected))
    drops.drop("not_worth_it", factors.expected <= compiled.policy.minimum_expected_value)
    return drops.done()


def value_at_risk(compiled: CompiledPolicy, customers: Customers) -> Numbers:
    """What a customer is worth a year, shape (customers,): base, margin on the balance, products held."""
    worth = np.vstack(list(at_risk_parts(compiled, customers).values()))
    # Not sum(): its order of addition, and with it the last bit, depends on the number of customers.
    return np.asarray(np.cumsum(worth, axis=0)[-1])


def at_risk_parts(compiled: CompiledPolicy, customers: Customers) -> dict[str, Numbers]:
    """What a customer's yearly worth is made of, in the order of addition; shape (customers,) each."""
    spec = compiled.policy.value
    balance = np.fmax(customers.number(spec.balance_column), 0.0)
    parts = {BASE: spec.base + spec.margin_on_balance * balance}
    for product, stated in compiled.product_values.items():
        own = compiled.economics.get(product)
        annual = own.held(customers, product) if own else np.full(len(customers), stated)
        parts[product] = np.where(customers.number(held(product)) > 0, annual, 0.0)
    return parts


def _probability(action: Action, customers: Customers) -> Numbers:
    if action.basis == "stated":
        return np.full(len(customers), action.rate)
    if action.basis == "uplift":
        return customers.number(f"{UPLIFT_PREFIX}{action.id}")
    column = CHURN if action.product is None else f"{PROPENSITY_PREFIX}{action.product}"
    return customers.number(column) * action.rate


def _value(action: Action, customers: Customers, at_risk: Numbers) -> Numbers:
    if action.economics is not None:
        return action.economics.opened(customers)
    return at_risk if action.value is None else np.full(len(at_risk), action.value)


def _context_weight(compiled: CompiledPolicy, outcomes: Outcomes, today: date) -> Numbers:
    """Channel weights times every circumstance that holds; per customer only if a condition asks for it."""
    weights = [compiled.policy.channels[channel].weight for channel in compiled.channels]
    conditional = any(one.condition is not None for one in compiled.circumstances)
    shape = (len(compiled.actions), len(weights), outcomes.shape[1] if conditional else 1)
    found = np.array(np.broadcast_to(np.array(weights)[:, np.newaxis], shape))
    for one in compiled.circumstances:
        if today > one.until:
            continue
        holds = outcomes[one.condition] == 1 if one.condition is not None else np.ones(1, dtype=np.bool_)
        found[np.ix_(one.actions, one.channels)] *= np.where(holds, one.weight, 1.0)
    return found


def _cost(compiled: CompiledPolicy) -> Numbers:
    channels = np.array([compiled.policy.channels[channel].cost for channel in compiled.channels])
    gestures = np.array([action.cost for action in compiled.actions])
    return np.asarray(np.add.outer(gestures, channels))
