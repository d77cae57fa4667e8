"""What customers and products are worth, and what bends it for a while, as `policy.toml` states it."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from features.strict import Fraction, Identifier, Strict
from serving.decision.vocabulary import Money, Multiplier


class ValueSpec(Strict):
    """What a customer is worth a year, in the bank's currency: what retaining puts at stake.

    base + margin_on_balance * balance (its column, never below 0) + the annual values of products held.
    `product_value` stands in where the catalogue states none.
    """

    base: Money = 0.0
    margin_on_balance: Fraction = 0.0
    balance_column: str = "balances_total_last"
    product_value: Money = 0.0


class EconomicsSpec(Strict):
    """What one product earns, in the bank's currency; stands in place of the catalogue's annual value.

    A year earns annual_margin + annual_margin_on_balance * balance - cost_to_serve, never below 0; opening
    it earns that over `expected_life_years`. Before it is opened the balance is `balance_column` of the
    customer, or `expected_balance` where that is unknown or not named; once held it is the product's own.
    """

    annual_margin: Money | None = None
    annual_margin_on_balance: Fraction | None = None
    expected_balance: Money | None = None
    balance_column: str | None = None
    expected_life_years: Annotated[float, Field(gt=0, le=50, allow_inf_nan=False)] = 1.0
    cost_to_serve: Money = 0.0

    @model_validator(mode="after")
    def _earns(self) -> Self:
        if self.annual_margin is None and self.annual_margin_on_balance is None:
            raise ValueError("needs annual_margin or annual_margin_on_balance")
        on_balance = self.annual_margin_on_balance is not None
        if on_balance != (self.expected_balance is not None or self.balance_column is not None):
            raise ValueError(
                "annual_margin_on_balance goes with expected_balance or balance_column, and they with it"
            )
        return self


class LeverSpec(Strict):
    """A business multiplier on an action's value; without effect after its last day."""

    name: Identifier
    multiplier: Multiplier
    scope: str = "all"
    set_by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    until: date


class ContextSpec(Strict):
    """A weight for the circumstances: a channel, and a condition on the customer or the request.

    It says who set it, why and until when, as a lever does, and is without effect after its last day.
    """

    name: Identifier
    weight: Multiplier
    scope: str = "all"
    channel: Identifier | None = None
    condition: str | None = None
    set_by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    until: date
