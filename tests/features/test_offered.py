"""Whom a product may be offered, by what is known of each customer."""

import pyarrow as pa

from features.offered import not_offered

FEATURES = pa.table(
    {
        "holdings_held_card": [1.0, 0.0, None, 0.0],
        "customer_kind": ["individual", "company", "company", None],
    }
)


def test_who_holds_it_or_is_of_another_kind_is_left_out() -> None:
    assert not_offered(FEATURES, "card", ("individual",)).tolist() == [True, True, True, False]
    assert not_offered(FEATURES, "card", ("company", "institution")).tolist() == [True, False, False, False]


def test_a_product_for_all_kinds_leaves_out_its_holders_alone() -> None:
    assert not_offered(FEATURES, "card", ()).tolist() == [True, False, False, False]


def test_what_is_not_known_keeps_nobody_out() -> None:
    assert not_offered(FEATURES.select(["customer_kind"]), "loan", ()).tolist() == [False] * 4
    assert not_offered(FEATURES.select(["holdings_held_card"]), "loan", ("company",)).tolist() == [False] * 4
