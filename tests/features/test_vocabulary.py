"""Words that others rely on: windows ascend, names of tables are those of bank.toml."""

from datetime import date
from itertools import pairwise
from typing import get_args

from features.spec import BankSpec, Product
from features.vocabulary import PROPENSITY_PREFIX, UPLIFT_PREFIX, WINDOWS_DAYS, Kind, Model, Table, Tier


def test_windows_ascend() -> None:
    assert all(shorter < longer for shorter, longer in pairwise(WINDOWS_DAYS))


def test_kinds_are_those_a_product_can_be_sold_to() -> None:
    (of_a_product,) = {tuple(get_args(arg)) for arg in get_args(Product.model_fields["kinds"].annotation)[:1]}
    assert set(of_a_product) == set(Kind)


def test_every_table_may_stand_in_bank_toml() -> None:
    tables = {str(name): {"path": "x.csv"} for name in Table}
    days = {"dates": (date(2024, 1, 1),)}
    spec = BankSpec.model_validate({"folder": "-", "name": "x", "tables": tables, "snapshots": days})
    assert set(spec.tables) == set(Table)


def test_scores_of_models_cannot_be_mistaken_for_each_other() -> None:
    assert not PROPENSITY_PREFIX.startswith(UPLIFT_PREFIX)
    assert {PROPENSITY_PREFIX.rstrip("_"), UPLIFT_PREFIX.rstrip("_")} < set(Model)


def test_tiers_rise() -> None:
    assert list(Tier) == ["dormant", "low_value", "valuable", "high_value"]
