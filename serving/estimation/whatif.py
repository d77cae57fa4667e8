"""What a new policy would have earned of the logged decisions, or why that cannot be told."""

from collections import Counter
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
import pyarrow as pa

from features.errors import GateError
from serving.estimation.intervals import Interval, mean_by_customer
from serving.estimation.logged import (
    NOTHING,
    TREATMENT,
    Flags,
    Numbers,
    Texts,
    codes,
    numbers,
    rewards,
    texts,
)
from serving.estimation.off_policy import (
    doubly_robust,
    doubly_robust_terms,
    effective_sample_size,
    inverse_propensity,
    self_normalised,
)
from serving.estimation.outcome_model import predict_rewards

MINIMUM_EFFECTIVE: Final = 200.0
"""Below so many effective decisions an interval is not worth its name."""

MOST_UNSUPPORTED: Final = 0.05
"""The share of decisions without overlap that may be left out; with more, what is left is another bank."""

NAMED: Final = 5
"""Choices without overlap that are named, the most frequent first."""

SURE: Final = 1e-9
"""Probabilities closer than this are the same."""


@dataclass(frozen=True)
class Choices:
    """The new policy's choice for each logged decision, shape (decisions,) each.

    `name`: the likeliest choice ("cross_sell:card by app", "nothing"); `agreement`: the probability of the
    logged one; `unsupported`: the probability of choices that the logged policy would never have made there,
    as far as known. `worth`: mean over its choices of what one is expected to earn, and `logged_worth` of the
    logged one, by the same reckoning (a difference between the reckonings would pass for a gain). `own`: who
    is decided by the new policy itself, and not given to another of its arms.
    """

    name: Texts
    agreement: Numbers
    unsupported: Numbers
    worth: Numbers
    logged_worth: Numbers
    own: Flags

    def where(self, which: Flags) -> Self:
        """Those flagged."""
        return type(self)(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True)
class WhatIf:
    """Money a decision carried out, in the bank's currency.

    `logged`: under the policy that decided; then the new one's by each estimator; `gain`: doubly robust less
    logged, decision by decision. `agreement`: the share of decisions that would be the same. `decisions` of
    `customers` are worth `effective_sample_size` of the new policy's own.
    """

    decisions: int
    customers: int
    agreement: float
    effective_sample_size: float
    logged: Interval
    inverse_propensity: Interval
    self_normalised: Interval
    doubly_robust: Interval
    gain: Interval
    warnings: tuple[str, ...]


def carried_out(logged: pa.Table) -> Flags:
    """The decisions of a checked table that count, shape (decisions,): ours, and not held out."""
    return np.asarray(texts(logged, "arm") == TREATMENT)


def whatif_of(logged: pa.Table, choices: Choices, minimum_effective: float = MINIMUM_EFFECTIVE) -> WhatIf:
    """The estimates for the rows of `carried_out`, with the choices for the same rows.

    Where the new policy may choose what the logged one never would, nothing can be told: those decisions are
    left out, and a warning says how many.

    Raises GateError where they are too many, naming the choices, and where fewer than `minimum_effective`
    effective decisions are left.
    """
    without = _without_overlap(choices, numbers(logged, "probability"))
    told = _overlap(choices, without)
    logged, choices = logged.filter(pa.array(~without)), choices.where(~without)
    probability = numbers(logged, "probability")
    weights, customers = choices.agreement / probability, codes(logged["customer"])
    effective = effective_sample_size(weights)
    if effective < minimum_effective:
        raise GateError(
            f"effective sample size {effective:.1f} of {logged.num_rows} decisions is below "
            f"{minimum_effective:g}: the logged decisions say too little of this policy"
        )
    earned = rewards(logged)
    predicted = predict_rewards(earned, choices.logged_worth, choices.worth, customers)
    terms = doubly_robust_terms(earned, weights, predicted)
    return WhatIf(
        decisions=logged.num_rows,
        customers=int(customers.max()) + 1,
        agreement=float(np.mean(choices.agreement)),
        effective_sample_size=effective,
        logged=mean_by_customer(earned, customers),
        inverse_propensity=inverse_propensity(earned, weights, customers),
        self_normalised=self_normalised(earned, weights, customers),
        doubly_robust=doubly_robust(earned, weights, predicted, customers),
        gain=mean_by_customer(terms - earned, customers),
        warnings=told + _warnings(mean_by_customer(weights, customers, confidence=0.999)),
    )


def choice_names(actions: Texts, channels: Texts) -> Texts:
    """An action and its channel as one name, shape (decisions,)."""
    both = zip(actions, channels, strict=True)
    return np.array([NOTHING if one == NOTHING else f"{one} by {by}" for one, by in both], dtype=np.object_)


def logged_names(logged: pa.Table) -> Texts:
    """The choices that were logged, shape (decisions,)."""
    return choice_names(texts(logged, "action"), texts(logged, "channel"))


def _without_overlap(choices: Choices, probability: Numbers) -> Flags:
    """Where the new policy may choose what the logged one never would, as far as known."""
    # A choice made with certainty leaves no other any probability.
    certain = np.where(probability > 1 - SURE, 1.0 - choices.agreement, 0.0)
    return np.asarray(np.maximum(choices.unsupported, certain) > SURE)


def _overlap(choices: Choices, without: Flags) -> tuple[str, ...]:
    """What to say of decisions without overlap; raises GateError where they are too many."""
    if not without.any():
        return ()
    named = _named(choices.name, without)
    lacking = (
        f"no overlap in {without.sum()} of {len(without)} decisions: there the new policy may choose what "
    )
    if without.mean() > MOST_UNSUPPORTED:
        raise GateError(f"{lacking}the logged one never would, mostly {named}; explore that first")
    return (f"{lacking}the logged one never would, mostly {named}; the estimates are of the others",)


def _named(names: Texts, where: Flags) -> str:
    most = Counter(names[where].tolist()).most_common(NAMED)
    return ", ".join(f"{name} ({count})" for name, count in most)


def _warnings(mean_weight: Interval) -> tuple[str, ...]:
    if mean_weight.covers(1.0) or abs(mean_weight.estimate - 1.0) < SURE:
        return ()
    return (
        f"weights average {mean_weight.estimate:.3f} where 1 is expected (99.9 % interval "
        f"{mean_weight.low:.3f} to {mean_weight.high:.3f}): "
        "the logged probabilities are not those of the choices",
    )
