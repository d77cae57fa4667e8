"""Deciding again: what another policy would choose, with what probability, and what was never possible."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.spec import Product, parse
from serving.decision.compiled import CompiledPolicy, compile_policy
from serving.decision.policy import Policy
from serving.estimation.again import choices_under

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log

PRODUCTS = {"card": Product(annual_value=100.0), "loan": Product(annual_value=200.0)}
CUSTOMERS = pa.table(
    {
        "customer_id": ["a", "b"],
        "propensity_card": [0.4, 0.0],
        "propensity_loan": [0.1, 0.0],
        "balance": [0.0] * 2,
    }
)
EPSILON = {"method": "epsilon", "share": 0.5, "most_lost": 1000.0}


def versioned(old: CompiledPolicy) -> pa.Table:
    """The customers, decided by this policy."""
    return CUSTOMERS.append_column("policy_version", pa.array([old.version] * 2))


@pytest.fixture(scope="module")
def policy() -> Callable[..., CompiledPolicy]:
    """Cards and loans by app (cost 1) or call (cost 4), with sections replaced."""

    def make(**sections: Any) -> CompiledPolicy:
        base = {
            "version": "test",
            "actions": {"sell": {"group": "cross_sell"}},
            "channels": {"app": {"cost": 1.0}, "call": {"cost": 4.0}},
            "value": {"balance_column": "balance"},
        }
        read = parse(Policy, {**base, **sections}, Path("policy.toml"))
        return compile_policy(read, PRODUCTS, CUSTOMERS.schema, consents_recorded=False)

    return make


@pytest.fixture
def logged(log: "Log") -> pa.Table:
    """The first customer was offered a card by app, the second nothing."""
    return log(2, action=["cross_sell:card", "nothing"], channel=["app", None])


def test_the_same_policy_agrees(logged: pa.Table, policy: Callable[..., CompiledPolicy]) -> None:
    found = choices_under(logged, versioned(policy()), policy(), {policy().version: policy()})
    assert found.name.tolist() == ["cross_sell:card by app", "nothing"]
    assert found.agreement.tolist() == [1, 1]
    assert found.worth.tolist() == found.logged_worth.tolist() == [0.4 * 100 - 1, 0]
    assert found.unsupported.tolist() == [0, 0]


def test_another_channel_is_another_choice(logged: pa.Table, policy: Callable[..., CompiledPolicy]) -> None:
    dear = policy(channels={"app": {"cost": 9.0}, "call": {"cost": 4.0}})
    found = choices_under(logged, versioned(policy()), dear, {policy().version: policy()})
    assert found.name.tolist() == ["cross_sell:card by call", "nothing"]
    assert (found.agreement.tolist(), found.unsupported.tolist()) == ([0, 1], [1, 0])


def test_exploration_spreads_the_probability(logged: pa.Table, policy: Callable[..., CompiledPolicy]) -> None:
    exploring = policy(exploration=EPSILON)
    found = choices_under(logged, versioned(policy()), exploring, {policy().version: policy()})
    np.testing.assert_allclose(found.agreement, [0.75, 1])
    np.testing.assert_allclose(found.worth, [0.75 * 39 + 0.25 * 19, 0])
    np.testing.assert_allclose(found.logged_worth, [39, 0])
    np.testing.assert_allclose(found.unsupported, [0.25, 0])
    back = choices_under(logged, versioned(exploring), policy(), {exploring.version: exploring})
    assert (back.agreement.tolist(), back.unsupported.tolist()) == ([1, 1], [0, 0])


def test_each_decision_has_its_day_and_asking_channel(
    log: "Log", policy: Callable[..., CompiledPolicy]
) -> None:
    lever = {"name": "x", "multiplier": 9.0, "scope": "cross_sell:loan", "set_by": "y", "reason": "z"}
    new = policy(levers=[{**lever, "until": date(2024, 3, 1)}])
    days = [date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 2)]
    customers = CUSTOMERS.take(pa.array([0, 0, 0])).append_column(
        "asked_channel", pa.array([None, None, "call"])
    )
    found = choices_under(log(3, decided_on=days), customers, new)
    assert found.name.tolist() == [
        "cross_sell:loan by app",
        "cross_sell:card by app",
        "cross_sell:card by call",
    ]
    assert found.agreement.tolist() == [0, 1, 0]
    # The lever decides, but what is earned hangs on the choice alone.
    np.testing.assert_allclose(found.worth, [0.1 * 200 - 1, 39, 36])
    np.testing.assert_allclose(found.logged_worth, [39, 39, 39])


def test_a_channel_that_was_full_that_day_is_full_again(
    log: "Log", policy: Callable[..., CompiledPolicy]
) -> None:
    customers = CUSTOMERS.take(pa.array([0, 0])).append_column("full_channels", pa.array([None, "sms app"]))
    found = choices_under(log(2, action="cross_sell:card", channel=["app", "call"]), customers, policy())
    assert found.name.tolist() == ["cross_sell:card by app", "cross_sell:card by call"]
    assert found.agreement.tolist() == [1, 1]


def test_a_choice_the_policy_does_not_know_is_worth_nothing(
    log: "Log", policy: Callable[..., CompiledPolicy]
) -> None:
    unknown = log(2, action=["cross_sell:yacht", "cross_sell:card"], channel=["app", "pigeon"])
    found = choices_under(unknown, CUSTOMERS, policy())
    assert (found.agreement.tolist(), found.logged_worth.tolist()) == ([0, 0], [0, 0])


def test_rows_that_do_not_match_are_refused(logged: pa.Table, policy: Callable[..., CompiledPolicy]) -> None:
    with pytest.raises(BadInputError, match="expected 2 rows, one a decision, got 1"):
        choices_under(logged, CUSTOMERS.slice(0, 1), policy())


def test_who_is_given_to_another_arm_is_told(log: "Log", policy: Callable[..., CompiledPolicy]) -> None:
    names = [f"customer-{number}" for number in range(200)]
    people = pa.table(
        {
            "customer_id": names,
            "propensity_card": [0.4] * 200,
            "propensity_loan": [0.1] * 200,
            "balance": [0.0] * 200,
        }
    )
    logged = log(200, action=["cross_sell:card"] * 200, channel=["app"] * 200)
    found = choices_under(logged, people, policy(arms={"random": 0.5}))
    assert 70 < found.own.sum() < 130
    assert (found.agreement[found.own] == 1).all()  # decided as without arms
    assert choices_under(logged, people, policy()).own.all()
