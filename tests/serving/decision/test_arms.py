"""Customers given to another way of deciding: who, how, and with what chance."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from serving.decision.arms import NAMES, NO_LEVERS, OWN, PROPENSITY_ONLY, RANDOM, chance_of, contacted_chance
from serving.decision.decide import decide

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile, ReadPolicy

COUNT, TODAY = 20_000, date(2024, 5, 1)
PEOPLE = pa.table(
    {
        "customer_id": np.arange(COUNT),
        "churn": np.full(COUNT, 0.5),
        "propensity_card": np.full(COUNT, 0.2),
        "balance": np.zeros(COUNT),
    }
)
WHO = {"set_by": "x", "reason": "y", "until": date(2030, 1, 1)}
SECTIONS: dict[str, Any] = {
    # Greeting is the likeliest (1.0, worth 9); a card is worth most (0.2 * 100 * 3 - 1).
    "levers": [{"name": "push", "multiplier": 3.0, "scope": "cross_sell", **WHO}],
    "value": {"base": 60.0, "balance_column": "balance"},
    "actions": {
        "retain": {"group": "retain", "save_rate": 0.7},
        "sell": {"group": "cross_sell", "products": ["card"]},
        "greet": {"group": "service", "probability": 1.0, "value": 10.0},
    },
    "holdout": {"share": 0.2},
    "arms": {"random": 0.1, "propensity_only": 0.2, "no_levers": 0.3},
}


def test_every_arm_goes_by_its_own_rule(compiled: "Compile") -> None:
    found = decide(PEOPLE, compiled(PEOPLE, **SECTIONS), TODAY)
    retain, card, greet = range(3)
    arms, winner = found.arms.place, found.winner
    assert (winner[arms == OWN] == card).all()
    assert (winner[arms == PROPENSITY_ONLY] == greet).all()
    # Without its lever a card (19) is worth less than retention (0.35 * 60 - 1 = 20).
    assert (winner[arms == NO_LEVERS] == retain).all()
    assert (found.factors.lever[card, arms == NO_LEVERS] == 1).all()
    at_random = np.bincount(winner[arms == RANDOM], minlength=3) / (arms == RANDOM).sum()
    np.testing.assert_allclose(at_random, 1 / 3, atol=0.05)
    np.testing.assert_allclose(found.probability, np.where(arms == RANDOM, 1 / 3, 1.0))
    np.testing.assert_allclose(found.exploration.probabilities.sum(axis=0), 1)


def test_shares_and_chances_agree(compiled: "Compile") -> None:
    policy = compiled(PEOPLE, **SECTIONS)
    found = decide(PEOPLE, policy, TODAY)
    names = np.array(found.arm)
    expected = {"control": 0.2, "random": 0.08, "propensity_only": 0.16, "no_levers": 0.24, "treatment": 0.32}
    drawn = np.isin(found.winner, (0, 1))
    chance = chance_of(policy, found.arms.place, found.control, drawn, 0.2)
    for name, share in expected.items():
        assert (names == name).mean() == pytest.approx(share, abs=0.012)
        assert chance[(names == name) & drawn] == pytest.approx(share)
    assert set(found.arms.place[found.holdout.held_out]) == {OWN}


def test_chances_where_groups_have_lots_of_their_own(compiled: "Compile") -> None:
    holdout = {"share": 0.2, "per_group": True, "groups": ["retain", "cross_sell"]}
    policy = compiled(PEOPLE, **{**SECTIONS, "holdout": holdout})
    assert contacted_chance(policy.policy.holdout) == pytest.approx(0.64)
    found = decide(PEOPLE, policy, TODAY)
    drawn = np.isin(found.winner, (0, 1))
    chance = chance_of(policy, found.arms.place, found.control, drawn, 0.2)
    names = np.array(found.arm)
    for name in (*NAMES, "control"):
        one = (names == name) & (found.winner != 2)
        if one.any():
            own = name in ("treatment", "control")
            share = one.mean() if own else (names == name).mean()
            assert chance[one] == pytest.approx(share, abs=0.012)


def test_an_arm_stays_for_a_period(compiled: "Compile") -> None:
    policy = compiled(PEOPLE, **SECTIONS)
    spring, autumn, later = (
        decide(PEOPLE, policy, day).arms.place for day in (TODAY, date(2024, 11, 1), date(2025, 1, 1))
    )
    assert (spring == autumn).all()
    assert (spring != later).mean() > 0.3


def test_exploring_is_left_to_the_policy_itself(compiled: "Compile") -> None:
    exploring = {"method": "epsilon", "share": 0.5, "most_lost": 1000.0}
    found = decide(PEOPLE, compiled(PEOPLE, **SECTIONS, exploration=exploring), TODAY)
    explored = found.exploration.explored
    assert explored[found.arms.place == OWN].any()
    assert not explored[found.arms.place != OWN].any()


def test_shares_leave_someone(read_policy: "ReadPolicy") -> None:
    with pytest.raises(BadInputError, match="nobody is left to the policy itself"):
        read_policy(arms={"random": 0.5, "no_levers": 0.5})
