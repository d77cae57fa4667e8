"""Rows are told apart by tier, kind and what models may not see, through a feature service of their own."""

import numpy as np
import pyarrow as pa
import pytest

from features.layout import AUDIT, Feature, Layout, ViewLayout
from training.groups import banded, common, read_groups


def layout(*names: str, sensitive: tuple[str, ...] = ()) -> Layout:
    features = tuple(Feature(name=name, kind="number" if "age" in name else "text") for name in names)
    view = ViewLayout(name="customer", description="", for_models=True, features=features)
    return Layout(customer_id_type="int64", views=(view,), sensitive=sensitive, snapshots=(), fingerprint="f")


class Store:
    """Tells as many alike, and one of another sex and no tier."""

    def __init__(self, alike: int = 1) -> None:
        self.asked: list[str] = []
        self.alike = alike

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:  # noqa: ARG002
        self.asked.append(service_name)
        return pa.table({"tier": ["dormant"] * self.alike + [None], "sex": ["f"] * self.alike + ["m"]})


def test_what_a_bank_lacks_is_not_asked_for() -> None:
    store = Store()
    assert read_groups(store, layout("signal"), pa.table({"customer_id": [1]})) == {}
    assert store.asked == []


def test_sensitive_columns_are_read_though_no_model_may() -> None:
    of_bank = layout("tier", "sex", "word", sensitive=("sex",))
    store = Store(20)
    found = read_groups(store, of_bank, pa.table({"customer_id": range(21)}))
    assert {name: values.tolist() for name, values in found.items()} == {
        "tier": ["dormant"] * 20 + ["unknown"],
        "sex": ["f"] * 20 + ["others"],
    }
    assert store.asked == [of_bank.service_name(AUDIT)]


def test_a_number_is_told_in_bands_of_equally_many_rows() -> None:
    ages = pa.chunked_array([np.append(np.arange(20.0, 60.0), np.nan)])
    found = banded(ages).tolist()
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
    assert banded(pa.chunked_array([pa.array(values, pa.float64())])).tolist() == expected


def test_rare_texts_are_one_group() -> None:
    cities = [f"city{number}" for number in range(10) for _ in range(2)] + ["hamlet", "village"]
    found = common(pa.chunked_array([cities]), np.arange(22), least=1).tolist()
    assert found == [*cities[:20], "others", "others"]


def test_a_text_of_few_customers_is_told_among_others_however_many_rows_it_has() -> None:
    """A wheelchair user at twenty snapshots, ten who see badly at two each, one of whom nothing is known."""
    values = pa.chunked_array([["wheelchair"] * 20 + ["sight"] * 20 + [None]])
    customer = np.array([0] * 20 + [*range(1, 11)] * 2 + [11])
    assert common(values, customer, least=10).tolist() == ["others"] * 20 + ["sight"] * 20 + ["unknown"]
    assert common(values, customer, least=1).tolist() == ["wheelchair"] * 20 + ["sight"] * 20 + ["unknown"]


def test_codes_and_bands_of_many_digits_keep_apart() -> None:
    codes = [1000001.0, 1000002.0, 1000002.0, None]
    assert banded(pa.chunked_array([codes])).tolist() == ["1000001", "1000002", "1000002", "unknown"]
    months = [202401.0 + month for month in range(12)]
    found = banded(pa.chunked_array([months])).tolist()
    assert found[::3] == ["below 202404", "202404 to 202406", "202406 to 202409", "202409 and above"]
    nearly = [0.1, float(np.nextafter(0.1, 1))]
    assert len(set(banded(pa.chunked_array([nearly])).tolist())) == 2
