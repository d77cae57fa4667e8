"""Policies and customers small enough to decide by hand."""

from collections.abc import Mapping
from typing import Any, Protocol

import pyarrow as pa
import pytest

from features.spec import Product
from serving.decision.compiled import CompiledPolicy, compile_policy
from serving.decision.faults import Origin
from serving.decision.policy import Policy
from serving.policy.file import policy_of

RETAIN = {"group": "retain", "save_rate": 0.5}
SELL = {"group": "cross_sell"}
GREET = {"group": "service", "probability": 1.0, "value": 10.0}

PRODUCTS = {
    "card": Product(name_en="card", name_zh="银行卡", annual_value=100.0, category="payment"),
    "loan": Product(name_en="loan", name_zh="贷款", annual_value=200.0, kinds=("company",)),
}

BASE: dict[str, Any] = {
    "version": "test",
    "actions": {"retain": RETAIN, "sell": SELL, "greet": GREET},
    "channels": {"app": {"cost": 1.0}, "call": {"cost": 4.0}},
    "value": {"balance_column": "balance"},
}


class ReadPolicy(Protocol):
    """A policy from what a TOML file would hold; see `read_policy`."""

    def __call__(self, **sections: Any) -> Policy: ...


class Compile(Protocol):
    """A policy made ready; see `compiled`."""

    def __call__(
        self,
        customers: pa.Table,
        *,
        products: Mapping[str, Product] = ...,
        consents_recorded: bool = ...,
        **sections: Any,
    ) -> CompiledPolicy: ...


@pytest.fixture(scope="session")
def read_policy() -> ReadPolicy:
    """The base policy with sections replaced."""
    return lambda **sections: policy_of({**BASE, **sections}, Origin("policy.toml", {}))


@pytest.fixture(scope="session")
def compiled(read_policy: ReadPolicy) -> Compile:
    """The base policy with sections replaced, made ready for customers with the columns of a table.

    A column that the policy needs and the table lacks is known, but not there: unknown throughout.
    """

    def compile_for(
        customers: pa.Table,
        *,
        products: Mapping[str, Product] = PRODUCTS,
        consents_recorded: bool = False,
        **sections: Any,
    ) -> CompiledPolicy:
        known = {field.name: field.type for field in customers.schema}
        schema = pa.schema({"balance": pa.float64(), **known})
        policy = read_policy(**sections)
        return compile_policy(policy, products, schema, consents_recorded=consents_recorded)

    return compile_for


@pytest.fixture(scope="session")
def products() -> Mapping[str, Product]:
    """The catalogue of the base policy: a card for everyone (100 a year), a loan for companies (200)."""
    return PRODUCTS
