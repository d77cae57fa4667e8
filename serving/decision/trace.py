"""One customer's decision, laid open: what is ranked with every factor, what was dropped and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from features.vocabulary import CUSTOMER_ID
from serving.decision.actions import Action, Basis
from serving.decision.customers import Customers
from serving.decision.decide import Decisions
from serving.decision.holdout import deciding_draw, period
from serving.decision.objection import features_read
from serving.decision.stage import Codes, Stage
from serving.decision.value import at_risk_parts
from serving.decision.vocabulary import NOTHING, RuleKind

OUTCOMES: Final = {1: "satisfied", 0: "not_satisfied", -1: "unknown"}


@dataclass(frozen=True)
class RankedAction:
    """An action that survived, through its best channel.

    expected_value = probability * value * context_weight * lever - cost, money in the bank's currency.
    `value_parts` are what the value is made of, by name; `chosen` whether it is done: the best, up to
    the policy's `max_actions`, that exclude no better one.
    """

    rank: int
    action: str
    product: str | None
    channel: str
    expected_value: float
    probability: float
    value: float
    context_weight: float
    lever: float
    cost: float
    basis: Basis
    value_parts: Mapping[str, float] = field(default_factory=dict)
    chosen: bool = False


@dataclass(frozen=True)
class DroppedAction:
    """An action that a stage dropped, through one channel or (None) through all of them."""

    action: str
    channel: str | None
    stage: str
    reason: str


@dataclass(frozen=True)
class Condition:
    """A rule's condition and how it came out: satisfied, not_satisfied or unknown."""

    rule: str
    condition: str
    outcome: str
    kind: RuleKind = "eligibility"
    scope: str = "all"


@dataclass(frozen=True)
class Trace:
    """Everything that decided one customer; `action` is the default or "nothing" if nothing survived.

    `fallback` says that it is the default, which then is all that is ranked. `objected`: the customer
    objected to marketing, was scored by no model, and besides consents only `features_read` were looked at
    (None: everything). `warnings`: what of the policy is past its date. `max_actions` are done at most.
    `arm` is control where the customer is held out and so the action is not carried out, else treatment, or
    the other way of deciding that the customer was given to.
    `holdout_draw` is the customer's number in [0, 1) for the `holdout_period`, held out below the share; None
    where the groups have draws of their own and the action's has none. `choice_probability`: how likely the
    policy was to choose `action`; `explored`: whether it is not the one of the highest expected value.
    """

    customer_id: int | str
    decided_on: date
    policy_version: str
    action: str
    choice_probability: float
    explored: bool
    arm: str
    holdout_period: str
    holdout_draw: float | None
    holdout_share: float
    ranked: tuple[RankedAction, ...]
    dropped: tuple[DroppedAction, ...]
    conditions: tuple[Condition, ...]
    max_actions: int = 1
    fallback: bool = False
    objected: bool = False
    features_read: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()


def trace(decisions: Decisions, row: int = 0) -> Trace:
    """The decision of the customer in `row`."""
    spec = decisions.compiled.policy.holdout
    best = ranked(decisions, row)
    objected, table = bool(decisions.objections[row]), decisions.customers
    return Trace(
        customer_id=decisions.customers[CUSTOMER_ID][row].as_py(),
        decided_on=decisions.today,
        policy_version=decisions.compiled.version,
        action=best[0].action if best else NOTHING,
        choice_probability=float(decisions.probability[row]),
        explored=bool(decisions.exploration.explored[row]),
        arm=decisions.arm[row],
        holdout_period=period(spec.period, decisions.today),
        holdout_draw=deciding_draw(decisions.compiled, decisions.holdout, row, int(decisions.winner[row])),
        holdout_share=spec.share,
        ranked=best,
        dropped=dropped(decisions, row),
        conditions=conditions(decisions, row),
        max_actions=decisions.compiled.policy.max_actions,
        fallback=bool(decisions.fallback[row]),
        objected=objected,
        features_read=features_read(decisions.compiled, table) if objected else None,
        warnings=decisions.compiled.warnings(decisions.today),
    )


def ranked(decisions: Decisions, row: int = 0) -> tuple[RankedAction, ...]:
    """What survived every stage for the customer in `row`, the best first; or else the stated default."""
    order = decisions.ranking.order[:, row]
    places = [int(place) for place in order[order >= 0]]
    channels = decisions.ranking.channel[:, row]
    customer = Customers(decisions.customers.slice(row, 1))
    return tuple(
        _ranked(decisions, row, customer, rank, (place, int(channels[place])))
        for rank, place in enumerate(places, start=1)
    )


def _ranked(
    decisions: Decisions, row: int, customer: Customers, rank: int, candidate: tuple[int, int]
) -> RankedAction:
    place, channel = candidate
    action, factors = decisions.compiled.actions[place], decisions.factors
    weights, levers = factors.context_weight[place, channel], factors.lever[place]
    return RankedAction(
        rank=rank,
        action=action.id,
        product=action.product,
        channel=decisions.compiled.channels[channel],
        expected_value=float(factors.expected[place, channel, row]),
        probability=float(factors.probability[place, row]),
        value=float(factors.value[place, row]),
        context_weight=float(weights[row if len(weights) > 1 else 0]),
        lever=float(levers[row if len(levers) > 1 else 0]),
        cost=float(factors.cost[place, channel]),
        basis=action.basis,
        value_parts=_value_parts(decisions, customer, action),
        chosen=bool(decisions.chosen[place, row]),
    )


def _value_parts(decisions: Decisions, customer: Customers, action: Action) -> dict[str, float]:
    """What an action's value is made of; empty where it is simply stated."""
    if action.economics is not None:
        return action.economics.parts(customer)
    if action.value is not None:
        return {}
    parts = at_risk_parts(decisions.compiled, customer)
    return {name: float(part[0]) for name, part in parts.items() if part[0]}


def dropped(decisions: Decisions, row: int = 0) -> tuple[DroppedAction, ...]:
    """What was dropped for the customer in `row`, by the first stage that dropped it."""
    found: list[DroppedAction] = []
    codes = [np.broadcast_to(stage.dropped, decisions.alive.shape)[..., row] for stage in decisions.stages]
    for place, action in enumerate(decisions.compiled.actions):
        by_channel = [
            _why(decisions.stages, codes, place, channel)
            for channel in range(len(decisions.compiled.channels))
        ]
        if by_channel[0] and len(set(by_channel)) == 1:
            found.append(DroppedAction(action.id, None, *by_channel[0]))
            continue
        names = zip(decisions.compiled.channels, by_channel, strict=True)
        found += [DroppedAction(action.id, channel, *why) for channel, why in names if why]
    return tuple(found)


def _why(
    stages: Sequence[Stage], codes: Sequence[Codes], action: int, channel: int
) -> tuple[str, str] | None:
    """The stage that dropped a candidate and its reason; None if it survived. Codes are one customer's."""
    for stage, code in zip(stages, codes, strict=True):
        if code[action, channel]:
            return stage.name, stage.reasons[code[action, channel]]
    return None


def conditions(decisions: Decisions, row: int = 0) -> tuple[Condition, ...]:
    """Every rule's condition and its outcome for the customer in `row`."""
    compiled = decisions.compiled
    return tuple(
        Condition(
            rule=rule.name,
            condition=compiled.conditions[rule.condition].text,
            outcome=OUTCOMES[int(decisions.outcomes[rule.condition, row])],
            kind=rule.kind,
            scope=rule.scope,
        )
        for rule in compiled.rules
    )
