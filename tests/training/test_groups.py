"""Rows are told apart by tier, kind and what models may not see, through a feature service of their own."""

import numpy as np
import pyarrow as pa
import pytest

from features.layout import AUDIT, Feature, Layout, ViewLayout
from training.groups import grouped, read_groups


def layout(*names: str, sensitive: tuple[str, ...] = ()) -> Layout:
    features = tuple(Feature(name=name, kind="number" if "age" in name else "text") for name in names)
    view = ViewLayout(name="customer", description="", for_models=True, features=features)
    return Layout(customer_id_type="int64", views=(view,), sensitive=sensitive, snapshots=(), fingerprint="f")


class Store:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:  # noqa: ARG002
        self.asked.append(service_name)
        return pa.table({"tier": ["dormant", None], "sex": ["f", "m"]})


def test_what_a_bank_lacks_is_not_asked_for() -> None:
    store = Store()
    assert read_groups(store, layout("signal"), pa.table({"customer_id": [1]})) == {}
    assert store.asked == []


def test_sensitive_columns_are_read_though_no_model_may() -> None:
    of_bank = layout("tier", "sex", "word", sensitive=("sex",))
    store = Store()
    found = read_groups(store, of_bank, pa.table({"customer_id": [1, 2]}))
    assert {name: values.tolist() for name, values in found.items()} == {
        "tier": ["dormant", "unknown"],
        "sex": ["f", "m"],
    }
    assert store.asked == [of_bank.service_name(AUDIT)]


def test_a_number_is_told_in_bands_of_equally_many_rows() -> None:
    ages = pa.chunked_array([np.append(np.arange(20.0, 60.0), np.nan)])
    found = grouped(ages, is_number=True).tolist()
    assert {name: found.count(name) for name in set(found)} == {
        "below 29.75": 10,
        "29.75 to 39.5": 10,
        "39.5 to 49.25": 10,
        "49.25 and above": 10,
        "unknown": 1,
    }
    assert (found[0], found[39], found[40]) == ("below 29.75", "49.25 and above", "unknown")


@pytest.mark.parametrize(
    ("values", "expected"), [([1.0, 0.0, None], ["1", "0", "unknown"]), ([None], ["unknown"])]
)
def test_a_number_of_few_values_keeps_them(values: list[float | None], expected: list[str]) -> None:
    assert grouped(pa.chunked_array([pa.array(values, pa.float64())]), is_number=True).tolist() == expected


def test_rare_texts_are_one_group() -> None:
    cities = [f"city{number}" for number in range(10) for _ in range(2)] + ["hamlet", "village"]
    found = grouped(pa.chunked_array([cities]), is_number=False).tolist()
    assert found == [*cities[:20], "others", "others"]
