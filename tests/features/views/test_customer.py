"""Age, tenure, kind and the bank's own columns of its customers."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from features.views.customer import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
Make = Callable[..., Any]


def one(bank_of: Make, features_of: Make, **columns: Any) -> dict[str, Any]:
    bank = bank_of({Table.CUSTOMERS: [{"customer_id": 7, **columns}]})
    return features_of(VIEW, bank, SNAPSHOT)[7]


def test_age_tenure_and_kind(bank_of: Make, features_of: Make) -> None:
    features = one(
        bank_of,
        features_of,
        birth_date=date(1984, 3, 1),
        joined_on=date(2024, 2, 28),
        kind="company",
    )
    assert features == {
        "customer_age_years": pytest.approx(40, abs=0.01),
        "customer_tenure_days": 2,  # 2024 is a leap year
        "customer_kind": "company",
    }


def test_unknown_stays_null(bank_of: Make, features_of: Make) -> None:
    assert set(one(bank_of, features_of).values()) == {None}


def test_further_columns_keep_text_and_turn_all_else_into_numbers(bank_of: Make, features_of: Make) -> None:
    features = one(
        bank_of,
        features_of,
        region="Nord",
        children=3,
        score=0.25,
        resident=True,
        student=False,
        last_seen=date(2024, 2, 20),
        last_call=datetime.fromisoformat("2024-02-29T23:59"),
    )
    further = {name: features[f"customer_{name}"] for name in ("region", "children", "score")}
    assert further == {"region": "Nord", "children": 3.0, "score": 0.25}
    assert (features["customer_resident"], features["customer_student"]) == (1.0, 0.0)
    assert (features["customer_last_seen"], features["customer_last_call"]) == (10.0, 1.0)


def test_a_column_called_like_ours_stands_in_its_place(bank_of: Make, features_of: Make) -> None:
    features = one(bank_of, features_of, birth_date=date(1984, 3, 1), age_years=41.5)
    assert features["customer_age_years"] == 41.5


@pytest.mark.parametrize("day", [SNAPSHOT, date(2025, 1, 1)])
def test_a_date_at_or_after_the_snapshot_is_not_known(bank_of: Make, features_of: Make, day: date) -> None:
    assert one(bank_of, features_of, left_on=day)["customer_left_on"] is None
