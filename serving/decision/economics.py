"""What a product earns a year and over its life, from the policy's own figures."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from serving.decision.customers import Customers, Numbers
from serving.decision.value_spec import EconomicsSpec


@dataclass(frozen=True)
class Economics:
    """One product's figures; money in the bank's currency, margins a year. See `EconomicsSpec`."""

    annual_margin: float
    margin_on_balance: float
    expected_balance: float
    balance_column: str | None
    cost_to_serve: float
    life_years: float

    @classmethod
    def of(cls, spec: EconomicsSpec) -> Self:
        """What the policy states, with nothing where it states nothing."""
        return cls(
            annual_margin=spec.annual_margin or 0.0,
            margin_on_balance=spec.annual_margin_on_balance or 0.0,
            expected_balance=spec.expected_balance or 0.0,
            balance_column=spec.balance_column,
            cost_to_serve=spec.cost_to_serve,
            life_years=spec.expected_life_years,
        )

    def balance(self, customers: Customers, column: str | None) -> Numbers:
        """The balance to reckon with: a column's, at least 0, and the expected one where it is unknown."""
        expected = np.full(len(customers), self.expected_balance)
        if column is None:
            return expected
        known = customers.number(column)
        return np.where(np.isnan(known), expected, np.fmax(known, 0.0))

    def annual(self, balance: Numbers) -> Numbers:
        """What a year earns, shape (customers,); a loss counts as nothing."""
        earned = self.annual_margin + self.margin_on_balance * balance - self.cost_to_serve
        return np.maximum(earned, 0.0)

    def opened(self, customers: Customers) -> Numbers:
        """What opening the product is worth, over its expected life; shape (customers,)."""
        return self.annual(self.balance(customers, self.balance_column)) * self.life_years

    def parts(self, customers: Customers) -> dict[str, float]:
        """What opening is worth for one customer, figure by figure, in the order of the formula."""
        return {
            "annual_margin": self.annual_margin,
            "annual_margin_on_balance": self.margin_on_balance,
            "balance": float(self.balance(customers, self.balance_column)[0]),
            "cost_to_serve": self.cost_to_serve,
            "expected_life_years": self.life_years,
        }

    def held(self, customers: Customers, product: str) -> Numbers:
        """What the product earns a year where it is held; shape (customers,)."""
        return self.annual(self.balance(customers, balance_of(product)))


def balance_of(product: str) -> str:
    """The feature that holds the newest balance of one product."""
    return f"balances_last_{product}"
