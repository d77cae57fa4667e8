"""Expected value, factor by factor, against numbers worked out by hand."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from serving.decision.customers import Customers
from serving.decision.eligibility import evaluate
from serving.decision.value import value_at_risk, value_factors, valued

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

TODAY = date(2024, 1, 1)
CUSTOMERS = pa.table(
    {
        "customer_id": [1, 2],
        "churn": [0.5, None],
        "propensity_card": [0.25, 0.01],
        "propensity_loan": pa.array([None, None], pa.float64()),
        "balance": [1000.0, -50.0],
        "holdings_held_card": [0.0, 1.0],
        "holdings_held_loan": [1.0, None],
        "age": [20.0, 70.0],
    }
)
VALUE = {"base": 10.0, "margin_on_balance": 0.25, "balance_column": "balance"}
CHANNELS = {"app": {"cost": 1.0, "weight": 0.5}, "call": {"cost": 4.0}}
ACTIONS = {
    "retain": {"group": "retain", "save_rate": 0.5, "cost": 2.0},
    "sell": {"group": "cross_sell"},
    "greet": {"group": "service", "probability": 1.0, "value": 10.0},
}
LEVER = {
    "name": "push", "multiplier": 2.0, "scope": "cross_sell:card",
    "set_by": "Ms Li", "reason": "season", "until": TODAY,
}  # fmt: skip
OLD = {
    "name": "old", "weight": 3.0, "scope": "service", "channel": "call", "condition": "age > 60",
    "set_by": "Ms Li", "reason": "they like to be called", "until": TODAY,
}  # fmt: skip


def test_value_at_risk_is_base_margin_and_products(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, value=VALUE)
    # 10 + 0.25 * 1000 + 200 for the loan; 10 + 0 for an overdraft + 100 for the card.
    assert value_at_risk(policy, Customers(CUSTOMERS)).tolist() == [460.0, 110.0]


def test_every_factor_is_kept(compiled: "Compile") -> None:
    policy = compiled(
        CUSTOMERS, value=VALUE, channels=CHANNELS, actions=ACTIONS, levers=[LEVER], context=[OLD]
    )
    known = Customers(CUSTOMERS)
    factors = value_factors(policy, known, evaluate(policy, known), TODAY)
    retain, card, loan, greet = range(4)
    assert factors.probability[retain, 0] == 0.25
    assert np.isnan(factors.probability[retain, 1])
    assert factors.probability[card].tolist() == [0.25, 0.01]
    assert np.isnan(factors.probability[loan]).all()
    assert factors.value[:, 0].tolist() == [460.0, 100.0, 200.0, 10.0]
    assert factors.lever[:, 0].tolist() == [1.0, 2.0, 1.0, 1.0]
    assert factors.cost.tolist() == [[3.0, 6.0], [1.0, 4.0], [1.0, 4.0], [1.0, 4.0]]
    assert factors.context_weight[greet].tolist() == [[0.5, 0.5], [1.0, 3.0]]
    # Retain by app: 0.25 * 460 * 0.5 * 1 - 3. Card by call: 0.25 * 100 * 1 * 2 - 4. Greeting an old customer.
    assert factors.expected[retain, 0, 0] == 54.5
    assert factors.expected[card, 1].tolist() == [46.0, -2.0]
    assert factors.expected[greet, 1].tolist() == [6.0, 26.0]


def test_the_unscored_and_the_worthless_are_dropped(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, minimum_expected_value=6.0)
    known = Customers(CUSTOMERS)
    stage = valued(policy, value_factors(policy, known, evaluate(policy, known), TODAY))
    told = [[stage.reasons[code] for code in row] for row in stage.dropped[:, 1]]
    assert told == [
        ["", "not_scored"],
        ["", "not_worth_it"],
        ["not_scored", "not_scored"],
        ["not_worth_it", "not_worth_it"],
    ]


def test_a_lever_past_its_date_has_no_effect(compiled: "Compile") -> None:
    known = Customers(CUSTOMERS)
    policy, plain = compiled(CUSTOMERS, levers=[LEVER]), compiled(CUSTOMERS)
    late = value_factors(policy, known, evaluate(policy, known), date(2024, 1, 2))
    never = value_factors(plain, known, evaluate(plain, known), date(2024, 1, 2))
    np.testing.assert_array_equal(late.expected, never.expected)


def test_uplift_takes_the_place_of_churn_and_save_rate(compiled: "Compile") -> None:
    table = CUSTOMERS.append_column("uplift_retain", pa.array([0.125, -0.5]))
    policy = compiled(table, value=VALUE, channels=CHANNELS, actions=ACTIONS)
    customers = Customers(table)
    factors = value_factors(policy, customers, evaluate(policy, customers), TODAY)
    assert [action.basis for action in policy.actions[:2]] == ["uplift", "propensity"]
    assert factors.probability[0].tolist() == [0.125, -0.5]
    assert factors.probability[1].tolist() == [0.25, 0.01]
    assert not valued(policy, factors).kept[0, :, 1].any()  # contacting would drive that customer away
