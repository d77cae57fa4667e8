from typing import Any

import pytest

from features.bank import Bank
from features.sensitive import sensitive_features, unaudited, unknown_sensitive
from features.spec import BankSpec

FEATURES = (
    "customer_age_years",
    "customer_tenure_days",
    "customer_kind",
    "customer_date_of_birth",
    "customer_sex",
    "attributes_income",
    "attributes_income_change",
    "attributes_sex",
    "tier",
)


def bank(*sensitive: str, columns: dict[str, str] | None = None, exclude: tuple[str, ...] = ()) -> Bank:
    """A bank of which only the bank.toml is looked at."""
    tables: dict[str, Any] = {"customers": {"path": "c.csv", "columns": columns or {}, "exclude": exclude}}
    raw: dict[str, Any] = {"name": "Bank", "tables": tables, "snapshots": {"dates": ["2024-01-01"]}}
    spec = BankSpec.model_validate({**raw, "folder": "/", "sensitive": sensitive}, strict=False)
    return Bank(spec, None, {}, frozenset(), left_out={"customers.surname": "names customers"})


@pytest.mark.parametrize(
    ("column", "becomes"),
    [
        ("sex", ("customer_sex", "attributes_sex")),
        ("income", ("attributes_income", "attributes_income_change")),
        ("date of birth", ("customer_date_of_birth",)),
        ("birth_date", ("customer_age_years",)),
        ("birth_year", ("customer_age_years",)),
        ("joined_on", ("customer_tenure_days",)),
        ("kind", ("customer_kind",)),
        ("tier", ("tier",)),
        ("surname", ()),
    ],
)
def test_a_column_is_found_in_its_features(column: str, becomes: tuple[str, ...]) -> None:
    assert sensitive_features(bank(column), FEATURES) == becomes


def test_the_banks_own_name_of_a_column_of_ours_is_known() -> None:
    assert sensitive_features(bank("dob", columns={"birth_date": "dob"}), FEATURES) == ("customer_age_years",)


def test_an_excluded_column_needs_no_feature() -> None:
    excluded = bank("faith", exclude=("faith",))
    assert sensitive_features(excluded, FEATURES) == ()
    assert unknown_sensitive(excluded, FEATURES) == []


def test_misspelt_columns_are_named_with_the_nearest() -> None:
    found = unknown_sensitive(bank("sex", "incme", "surname", "shoe_size_eu"), FEATURES)
    assert found == ["'incme'; did you mean 'income'?", "'shoe_size_eu'"]


def test_each_feature_is_named_once() -> None:
    assert sensitive_features(bank("birth_date", "customer_age_years"), FEATURES) == ("customer_age_years",)


def test_what_became_no_feature_cannot_be_audited() -> None:
    spec = bank("surname", "dob", "faith", "sex", columns={"birth_date": "dob"}, exclude=("faith",)).spec
    assert unaudited(spec, FEATURES) == ("surname", "faith")
