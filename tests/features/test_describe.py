"""A bank's layout is known before anything is computed."""

from datetime import date
from typing import Any

import pytest

from features.catalogue import VIEWS
from features.describe import describe
from features.views import View

CUSTOMERS = [{"customer_id": 1, "joined_on": date(2023, 1, 1), "sex": "f"}]


def test_names_kinds_and_what_is_sensitive(make_bank: Any) -> None:
    found = describe(make_bank({"customers": CUSTOMERS}, sensitive=("sex",)), VIEWS, "f" * 64)
    kinds = dict(found.features())
    assert (kinds["customer_tenure_days"], kinds["customer_sex"]) == ("number", "text")
    assert found.sensitive == ("customer_sex",)
    assert "customer_sex" not in dict(found.model_features())
    assert (found.fingerprint, found.snapshots) == ("f" * 64, (date(2024, 1, 1),))
    assert found.customer_id_type == "int64"


def test_a_view_of_other_types_is_a_mistake_of_ours(make_bank: Any) -> None:
    def compute(bank: Any, _: date) -> Any:
        customers = bank.tables["customers"]
        return customers.select("customer_id", whole=customers.customer_id)

    with pytest.raises(ValueError, match="view odd: neither float64 nor string: whole"):
        describe(make_bank({"customers": CUSTOMERS}), (View("odd", "", compute),), "f")
