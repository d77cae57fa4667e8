"""Who opened what, of those who could."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa

from features.bank import Bank
from features.vocabulary import CUSTOMER_ID
from training.labels.labelled import product_labels

Row = dict[str, Any]
Labels = dict[int, float | None]
JUNE = date(2024, 6, 1)


def test_openings_are_labelled_for_those_who_do_not_hold_the_product(
    bank_of: Callable[..., Bank],
    held: Callable[..., Row],
    end_of_data: Row,
    by_customer: Callable[..., Labels],
) -> None:
    old = date(2023, 1, 1)
    holdings = [
        held(1, date(2024, 6, 11)),  # the window's first day
        held(2, date(2024, 7, 10)),  # its last
        held(3, date(2024, 7, 11)),  # the day after
        held(4, old),  # held
        held(5, old, date(2024, 6, 15)),  # held at the snapshot, whatever came later
        held(6, old, date(2024, 5, 15)),  # had closed it: may take it again
        held(7, date(2024, 6, 5)),  # taken in the gap
        held(8, date(2024, 6, 5), date(2024, 6, 7)),
        held(8, date(2024, 6, 20)),  # taken in the gap, and again in the window
        end_of_data,
    ]
    bank = bank_of(tables={"holdings": holdings})
    found = product_labels(bank, [JUNE])
    assert by_customer(found, "card") == {1: 1, 2: 1, 3: 0, 4: None, 5: None, 6: 0, 7: None, 8: 1, 9: 0}
    assert by_customer(found, "loan") == {**dict.fromkeys(range(1, 9), 0.0), 9: None}
    assert found.schema.field("card").type == pa.float64()


def test_products_for_other_kinds_are_not_labelled_of_a_customer(
    bank_of: Callable[..., Bank],
    held: Callable[..., Row],
    end_of_data: Row,
    by_customer: Callable[..., Labels],
) -> None:
    """Nor what such a customer opened all the same: those without would be the only ones unlabelled."""
    customers = [
        {CUSTOMER_ID: 1, "joined_on": date(2020, 1, 1), "kind": "individual"},
        {CUSTOMER_ID: 2, "joined_on": date(2020, 1, 1), "kind": "company"},
        {CUSTOMER_ID: 3, "joined_on": date(2020, 1, 1), "kind": None},
        {CUSTOMER_ID: 4, "joined_on": date(2020, 1, 1), "kind": "company"},
    ]
    holdings = [held(1, date(2024, 6, 11)), held(4, date(2024, 6, 11)), end_of_data]
    products = {"card": {"kinds": ["individual"]}, "loan": {}}
    bank = bank_of(tables={"customers": customers, "holdings": holdings}, products=products)
    found = product_labels(bank, [JUNE])
    assert by_customer(found, "card") == {1: 1.0, 2: None, 3: 0.0, 4: None}
    assert by_customer(found, "loan") == dict.fromkeys(range(1, 5), 0.0)


def test_customers_who_join_later_have_no_label(bank_of: Callable[..., Bank], end_of_data: Row) -> None:
    customers = [{CUSTOMER_ID: 9, "joined_on": date(2020, 1, 1)}, {CUSTOMER_ID: 1, "joined_on": JUNE}]
    bank = bank_of(tables={"customers": customers, "holdings": [end_of_data]})
    assert product_labels(bank, [JUNE])[CUSTOMER_ID].to_pylist() == [9]
