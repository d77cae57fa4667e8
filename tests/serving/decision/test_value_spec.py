"""What a policy says of value is closed, bounded and complete."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from serving.decision.value_spec import ContextSpec, EconomicsSpec, LeverSpec, ValueSpec

WHO = {"set_by": "Ms Li", "reason": "season", "until": date(2030, 1, 1)}


def test_a_bank_that_says_nothing_values_nothing() -> None:
    assert ValueSpec().model_dump() == {
        "base": 0.0,
        "margin_on_balance": 0.0,
        "balance_column": "balances_total_last",
        "product_value": 0.0,
    }


@pytest.mark.parametrize(
    "given",
    [
        {"annual_margin": 20.0},
        {"annual_margin_on_balance": 0.02, "expected_balance": 5_000.0},
        {"annual_margin_on_balance": 0.02, "balance_column": "balances_total_last"},
    ],
)
def test_a_product_earns_by_itself_or_on_a_balance(given: dict[str, Any]) -> None:
    assert EconomicsSpec(**given).expected_life_years == 1.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needs annual_margin or annual_margin_on_balance"),
        ({"cost_to_serve": 3.0}, "needs annual_margin or annual_margin_on_balance"),
        ({"annual_margin_on_balance": 0.02}, "goes with expected_balance or balance_column"),
        (
            {"annual_margin": 20.0, "expected_balance": 5_000.0},
            "goes with expected_balance or balance_column",
        ),
        ({"annual_margin": -1.0}, "greater than or equal to 0"),
        ({"annual_margin": 1.0, "expected_life_years": 0.0}, "greater than 0"),
        ({"annual_margin": 1.0, "margin": 1.0}, "Extra inputs are not permitted"),
    ],
)
def test_half_told_economics_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        EconomicsSpec(**given)


@pytest.mark.parametrize("missing", ["set_by", "reason", "until"])
def test_nobody_bends_value_without_saying_who_why_and_until_when(missing: str) -> None:
    told = {key: value for key, value in WHO.items() if key != missing}
    with pytest.raises(ValidationError, match=missing):
        LeverSpec(name="push", multiplier=2.0, **told)
    with pytest.raises(ValidationError, match=missing):
        ContextSpec(name="rain", weight=2.0, **told)


def test_a_multiplier_has_bounds() -> None:
    assert LeverSpec(name="push", multiplier=100.0, **WHO).scope == "all"
    with pytest.raises(ValidationError, match="less than or equal to 100"):
        LeverSpec(name="push", multiplier=101.0, **WHO)
