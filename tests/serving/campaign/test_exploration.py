"""Exploring in a campaign: exact probabilities, and no limit broken."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.spec import Product
from serving.campaign.pool import pooled
from serving.campaign.run import Choice, choose
from serving.decision.compiled import compile_policy
from serving.decision.decide import decide
from serving.decision.faults import Origin
from serving.policy.file import policy_of
from serving.selection.problem import value_of

COUNT, TODAY = 6_000, date(2024, 5, 1)
PRODUCTS = {name: Product(annual_value=100.0) for name in ("card", "loan", "fund")}
POLICY: dict[str, Any] = {
    "version": "1",
    "actions": {"sell": {"group": "cross_sell"}},
    "channels": {
        "app": {"cost": 1.0, "capacity": 900},
        "call": {"cost": 4.0, "weight": 1.5, "capacity": 500},
    },
    "value": {"balance_column": "balance"},
    "exploration": {"method": "epsilon", "share": 0.3, "most_lost": 1000.0},
    "holdout": {"share": 0.1},
}


def choice(**sections: Any) -> Choice:
    rng = np.random.default_rng(3)
    scores = {f"propensity_{name}": rng.random(COUNT) for name in PRODUCTS}
    people = pa.table({"customer_id": np.arange(COUNT), "balance": np.zeros(COUNT), **scores})
    policy = policy_of({**POLICY, **sections}, Origin("policy.toml", {}))
    compiled = compile_policy(policy, PRODUCTS, people.schema, consents_recorded=False)
    return choose(
        [pooled(decide(part, compiled, TODAY)) for part in (people.slice(0, 2500), people.slice(2500))]
    )


def channels(found: Choice) -> list[int]:
    return np.bincount(found.selection.chosen[found.selection.chosen >= 0], minlength=2).tolist()


def test_another_action_by_the_same_channel_with_its_probability() -> None:
    exploring, plain = choice(), choice(exploration={"method": "none"})
    assert channels(exploring) == channels(plain) == [900, 500]
    chosen, base = exploring.selection.chosen, plain.selection.chosen
    assert ((chosen >= 0).any(axis=0) == (base >= 0).any(axis=0)).all()
    changed = (chosen != base).any(axis=0)
    contacted = (chosen >= 0).any(axis=0)
    # Three actions, each a tenth: two tenths change.
    assert changed[contacted].mean() == pytest.approx(0.2, abs=0.03)
    at = chosen[:, contacted].max(axis=0).astype(int)
    options = exploring.pool.alive[:, at, np.flatnonzero(contacted)].sum(axis=0)
    expected = np.where(changed[contacted], 0.3 / options, 1 - 0.3 + 0.3 / options)
    assert exploring.probability[contacted] == pytest.approx(expected)
    assert (exploring.probability[~contacted & (exploring.control < 0).all(axis=0)] == 1).all()
    assert exploring.probabilities[:, contacted].sum(axis=0) == pytest.approx(1, abs=0)
    assert (plain.probability == 1).all()
    assert exploring.selection.value == plain.selection.value
    assert value_of(exploring.problem, chosen) < plain.selection.value <= exploring.selection.bound + 1e-9


def test_a_quota_and_a_budget_hold_while_exploring() -> None:
    campaign = {"budget": 2000.0, "products": {"fund": {"minimum": 100, "maximum": 150}}}
    exploring, plain = choice(campaign=campaign), choice(campaign=campaign, exploration={"method": "none"})
    for found in (exploring, plain):
        assert (found.problem.used(found.selection.chosen) <= found.problem.upper).all()
        assert (found.selection.chosen[2] >= 0).sum() >= 100
    # A product with a quota neither comes nor goes.
    assert ((exploring.selection.chosen[2] >= 0) == (plain.selection.chosen[2] >= 0)).all()
    assert (exploring.selection.chosen != plain.selection.chosen).any()


def test_no_more_is_lost_than_allowed() -> None:
    exploration = {"method": "epsilon", "share": 0.9, "most_lost": 2.0}
    found, plain = choice(exploration=exploration), choice(exploration={"method": "none"})
    at = np.maximum(found.selection.chosen.max(axis=0), 0)
    worth = np.take_along_axis(found.pool.factors.expected, at[np.newaxis, np.newaxis].astype(int), axis=1)[
        :, 0
    ]
    contacted = (plain.selection.chosen >= 0).any(axis=0)
    base = plain.selection.chosen.argmax(axis=0)
    loss = np.sum(found.probabilities * np.maximum(worth[base, np.arange(COUNT)] - worth, 0), axis=0)
    assert loss[contacted].max() <= 2.0
    assert loss[contacted].max() > 1.9


def test_an_arm_competes_with_its_own_choice_alone() -> None:
    arms = {"random": 0.3, "propensity_only": 0.3}
    found = choice(arms=arms, exploration={"method": "none"})
    ruled = found.pool.arms < 2
    assert (found.pool.alive[:, :, ruled].sum(axis=(0, 1)) == 1).all()
    contacted = ((found.selection.chosen >= 0).any(axis=0)) & ruled
    assert contacted.any()
    assert channels(found) == [900, 500]
