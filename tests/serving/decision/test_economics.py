"""What products earn, by hand."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from features.spec import Product
from serving.decision.compiled import compile_policy
from serving.decision.customers import Customers
from serving.decision.decide import decide
from serving.decision.economics import Economics
from serving.decision.trace import trace
from serving.decision.value import value_at_risk
from serving.decision.value_spec import EconomicsSpec

if TYPE_CHECKING:
    from tests.serving.decision.conftest import ReadPolicy

CUSTOMERS = pa.table(
    {
        "customer_id": [1, 2, 3],
        "wealth": [1000.0, None, -5.0],
        "propensity_card": [0.5, 0.5, 0.5],
        "holdings_held_loan": [1.0, 1.0, 0.0],
        "balances_last_loan": [2000.0, None, 9e9],
    }
)


def spec(**figures: float | str) -> EconomicsSpec:
    return EconomicsSpec.model_validate(figures)


def test_margin_on_balance_over_the_life() -> None:
    figures = spec(
        annual_margin_on_balance=0.02, balance_column="wealth", expected_balance=500.0, cost_to_serve=4.0,
        expected_life_years=3.0,
    )  # fmt: skip
    # (0.02 * 1000 - 4) * 3; the expected balance where none is known; an overdraft earns nothing.
    assert Economics.of(figures).opened(Customers(CUSTOMERS)).tolist() == [48.0, 18.0, 0.0]


def test_a_flat_margin_never_costs() -> None:
    flat = Economics.of(spec(annual_margin=10.0, cost_to_serve=3.0, expected_life_years=2.0))
    assert flat.opened(Customers(CUSTOMERS)).tolist() == [14.0] * 3
    assert not Economics.of(spec(annual_margin=1.0, cost_to_serve=3.0)).opened(Customers(CUSTOMERS)).any()


@pytest.mark.parametrize("product", ["card", "loan"])
def test_the_policys_figures_stand_for_the_catalogues(
    read_policy: "ReadPolicy", products: Mapping[str, Product], product: str
) -> None:
    figures = {"annual_margin_on_balance": 0.01, "expected_balance": 100.0, "expected_life_years": 5.0}
    raw = {"products": {product: figures}, "value": {"balance_column": "wealth"}}
    policy = compile_policy(read_policy(**raw), products, CUSTOMERS.schema, consents_recorded=False)
    at_risk = value_at_risk(policy, Customers(CUSTOMERS)).tolist()
    told = trace(decide(CUSTOMERS, policy, date(2024, 1, 1)))
    card = next(one for one in told.ranked if one.action == "cross_sell:card")
    if product == "loan":  # held: a year's margin on its own balance, or on the expected one
        assert at_risk == [20.0, 1.0, 0.0]
        assert (card.value, card.value_parts) == (100.0, {})
    else:
        assert at_risk == [200.0, 200.0, 0.0]
        assert card.value == 5.0
        assert card.value_parts["expected_life_years"] == 5.0
