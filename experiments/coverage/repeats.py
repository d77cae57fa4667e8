"""Repeats of an experiment whose answer is known, each with draws of its own, and how often it is covered."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.coverage.bank import EPSILON, SHARE, THOMPSON, TODAY, Floats, Known, decided, logged
from serving.decision.holdout import period
from serving.estimation.again import choices_under
from serving.estimation.impact import impact_of
from serving.estimation.intervals import Interval
from serving.estimation.whatif import carried_out, whatif_of

Covered = Counter[str]


def impact_coverage(known: Known, repeats: int, seed: int = 1) -> Covered:
    """How many repeats of `impact` cover the true effects; the holdout and the outcomes are drawn anew.

    The truth is of those decided for: the mean effect of the treated, in outcome and in money.
    """
    rng, covered = np.random.default_rng(seed), Counter[str]()
    for repeat in range(repeats):
        decisions = decided(known, known.policy(holdout={"share": SHARE, "salt": f"study {repeat}"}))
        found = impact_of(
            logged(known, decisions, rng),
            lambda day: period("year", day),
            {"retain": SHARE, "cross_sell": SHARE},
        )
        place, rows = decisions.winner, np.arange(known.customers.num_rows)
        effect = (known.contacted - known.alone)[place, rows]
        money = effect * decisions.factors.value[place, rows] - decisions.factors.cost[place, 0]
        groups = np.array([action.group for action in decisions.compiled.actions])[place]
        for part in (*found.groups, found.overall):
            whom = (place >= 0) & ~decisions.control & ((groups == part.name) | (part.name == "overall"))
            assert part.effect is not None and part.value is not None
            covered[f"{part.name}, effect"] += part.effect.covers(float(effect[whom].mean()))
            covered[f"{part.name}, money"] += part.value.covers(float(money[whom].mean()))
    return covered


def whatif_coverage(known: Known, repeats: int, method: str = "epsilon", seed: int = 2) -> Covered:
    """How many repeats of `whatif` cover the true value of a new policy, by each estimator.

    The logged policy explores; the new one favours the dear products and does not. What is true is the mean
    over those not held out of what contacting with its choices earns.
    """
    rng, covered = np.random.default_rng(seed), Counter[str]()
    levers = [
        {"name": name, "multiplier": 3.0, "scope": f"cross_sell:{name}", "set_by": "study", "reason": "study"}
        | {"until": TODAY}
        for name in list(known.products)[::2]
    ]
    new = known.policy(levers=levers)
    value = _earned(known, new)
    for repeat in range(repeats):
        spec = (EPSILON if method == "epsilon" else THOMPSON) | {"salt": f"study {repeat}"}
        decisions = decided(known, known.policy(exploration=spec, holdout={"share": 0.0}))
        whole = logged(known, decisions, rng)
        table = whole.filter(pa.array(carried_out(whole)))
        found = whatif_of(table, choices_under(table, known.customers, new), minimum_effective=100)
        for name, interval in _estimates(found):
            covered[f"{method}, {name}"] += interval.covers(float(value.mean()))
    return covered


def _earned(known: Known, policy: Any) -> Floats:
    """What each customer is expected to earn if the policy's choice is carried out, shape (customers,)."""
    decisions = decided(known, policy)
    place, rows = decisions.winner, np.arange(known.customers.num_rows)
    worth, success = decisions.factors.value[place, rows], known.contacted[place, rows]
    retains = np.array([action.group == "retain" for action in decisions.compiled.actions])[place]
    earned = worth * np.where(retains, success - 1, success) - decisions.factors.cost[place, 0]
    return np.where(place >= 0, earned, 0.0)


def _estimates(found: Any) -> Iterator[tuple[str, Interval]]:
    yield "IPS", found.inverse_propensity
    yield "SNIPS", found.self_normalised
    yield "DR", found.doubly_robust
