"""Labels follow the bank's rules, look only into their window, and need the whole of it."""

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.vocabulary import CUSTOMER_ID
from training.labels import churn_labels, label_matrix, product_labels

JUNE = date(2024, 6, 1)
WINDOW = {"gap_days": 10, "horizon_days": 30}  # [11 June, 11 July)
LATE = date(2024, 12, 31)
at = datetime.fromisoformat
CUSTOMERS = [{CUSTOMER_ID: number} for number in range(1, 10)]


def held(
    customer: int, opened: date | None, closed: date | None = None, product: str = "card", **more: Any
) -> dict[str, Any]:
    return {CUSTOMER_ID: customer, "product": product, "opened_on": opened, "closed_on": closed, **more}


END_OF_DATA = held(9, date(2020, 1, 1), LATE, "loan")


def bank_of(make_bank: Any, snapshots: list[date] | None = None, **given: Any) -> Any:
    spec = {
        "snapshots": {"dates": snapshots or [JUNE]},
        "window": WINDOW,
        "products": {"card": {}, "loan": {}},
    }
    tables = {"customers": CUSTOMERS, **given.pop("tables")}
    return make_bank(tables, **{**spec, **given})


def by_customer(labels: pa.Table, column: str = "label") -> dict[int, float | None]:
    return dict(zip(labels[CUSTOMER_ID].to_pylist(), labels[column].to_pylist(), strict=True))


def test_closed_all_means_nothing_is_open_at_the_windows_end(make_bank: Any) -> None:
    old = date(2023, 1, 1)
    holdings = [
        held(1, old, date(2024, 6, 20)),  # left in the window
        held(2, old, date(2024, 6, 20)),
        held(2, old, None, "loan"),  # keeps a loan
        held(3, old, date(2024, 6, 20)),
        held(3, date(2024, 6, 25), None, "loan"),  # came back within the window
        held(4, old, date(2024, 6, 5)),  # left in the gap: nobody to predict
        held(5, old, date(2024, 5, 1)),  # had left before the snapshot
        held(6, None, date(2024, 7, 11)),  # leaves on the day after the window
        held(7, date(2024, 6, 3)),  # came after the snapshot
        END_OF_DATA,
    ]
    bank = bank_of(make_bank, tables={"holdings": holdings}, churn={"rule": "closed_all"})
    assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0, 2: 0.0, 3: 0.0, 6: 0.0, 9: 0.0}


def test_a_closing_recorded_late_is_still_open_as_known_at_the_snapshot(make_bank: Any) -> None:
    holdings = [
        held(1, date(2024, 5, 20), recorded_at=at("2024-06-02 00:00")),
        END_OF_DATA | {"recorded_at": None},
    ]
    bank = bank_of(make_bank, tables={"holdings": holdings}, churn={"rule": "closed_all"})
    assert by_customer(churn_labels(bank, [JUNE])) == {9: 0.0}  # customer 1's holding was not yet on record


def test_inactive_counts_transactions_in_the_window_only(make_bank: Any) -> None:
    def paid(customer: int, *moments: datetime) -> list[dict[str, Any]]:
        return [{CUSTOMER_ID: customer, "at": moment, "amount": -1.0} for moment in moments]

    transactions = [
        *paid(1, at("2024-05-31 23:59")),
        *paid(2, at("2024-05-02 00:00"), at("2024-07-10 23:59")),  # the window's last minute
        *paid(3, at("2024-05-02 00:00"), at("2024-07-11 00:00")),  # one minute later: inactive
        *paid(4, at("2024-05-02 00:00"), at("2024-06-10 23:59")),  # only in the gap: inactive
        *paid(5, at("2024-05-01 23:59")),  # longer ago than active_days
        *paid(6, at("2024-06-01 00:00")),  # at the snapshot itself
    ]
    bank = bank_of(
        make_bank, tables={"transactions": transactions}, churn={"rule": "inactive", "active_days": 30}
    )
    assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0, 2: 0.0, 3: 1.0, 4: 1.0}


def test_balance_drop_compares_totals_of_the_latest_balances(make_bank: Any) -> None:
    def owns(customer: int, product: str, *balances: tuple[date, float]) -> list[dict[str, Any]]:
        return [
            {CUSTOMER_ID: customer, "product": product, "as_of": day, "balance": amount}
            for day, amount in balances
        ]

    may, july, august = date(2024, 5, 31), date(2024, 7, 10), date(2024, 7, 11)
    balances = [
        *owns(1, "card", (date(2024, 4, 30), 1.0), (may, 1000.0), (july, 150.0)),
        *owns(1, "loan", (may, 1000.0), (july, 250.0)),  # 2,000 falls to 400: by exactly four fifths
        *owns(2, "card", (may, 1000.0), (july, 201.0)),  # not enough
        *owns(3, "card", (may, 99.0), (july, 0.0)),  # below the minimum
        *owns(4, "card", (may, 1000.0)),  # closed, no further balance: nothing left
        *owns(5, "card", (may, 1000.0), (august, 0.0)),  # falls after the window
        *owns(6, "card", (may, -500.0), (july, -600.0)),
        *owns(7, "card", (may, 1000.0)),  # its rows just stop, those of others go on: nothing left
        *owns(8, "card", (date(2024, 4, 1), 1000.0)),  # had stopped before the snapshot: nobody to predict
        *owns(9, "card", (LATE, 1.0)),
    ]
    holdings = [held(4, date(2023, 1, 1), date(2024, 6, 30)), held(5, date(2023, 1, 1))]
    bank = bank_of(
        make_bank,
        tables={"balances": balances, "holdings": holdings},
        churn={"rule": "balance_drop", "minimum_balance": 100.0},
    )
    assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0, 2: 0.0, 4: 1.0, 5: 0.0, 7: 1.0}


def test_the_banks_own_labels_are_taken_at_their_snapshots(make_bank: Any) -> None:
    labels = [
        {CUSTOMER_ID: 2, "snapshot_date": JUNE, "churned": True},
        {CUSTOMER_ID: 1, "snapshot_date": JUNE, "churned": False},
        {CUSTOMER_ID: 3, "snapshot_date": date(2024, 5, 1), "churned": True},
    ]
    snapshots = [JUNE, date(2024, 7, 1)]
    bank = bank_of(make_bank, snapshots, tables={"labels": labels}, churn={"rule": "labels"})
    found = churn_labels(bank, snapshots)
    assert found.to_pydict() == {CUSTOMER_ID: [1, 2], "snapshot_date": [JUNE, JUNE], "label": [0.0, 1.0]}


def test_labels_know_the_last_restatement_and_features_what_was_known(make_bank: Any) -> None:
    def told(balance: float, day: date, recorded: str | None) -> dict[str, Any]:
        recorded_at = at(recorded) if recorded else None
        row = {CUSTOMER_ID: 1, "product": "card", "as_of": day, "balance": balance}
        return {**row, "recorded_at": recorded_at}

    may, july = date(2024, 5, 31), date(2024, 7, 10)
    balances = [
        told(1000.0, may, None),
        told(0.0, may, "2024-06-02"),  # corrected, but only after the snapshot: then 1,000 was known
        told(1000.0, july, None),
        told(0.0, july, "2024-08-01"),  # what came true
    ]
    labels = [
        {CUSTOMER_ID: 1, "snapshot_date": JUNE, "churned": False, "recorded_at": at("2024-08-01")},
        {CUSTOMER_ID: 1, "snapshot_date": JUNE, "churned": True, "recorded_at": at("2024-09-01")},
    ]
    tables = {"balances": balances, "labels": labels}
    for rule in ("balance_drop", "labels"):
        bank = bank_of(make_bank, tables=tables, churn={"rule": rule})
        assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0}


def test_openings_are_labelled_for_those_who_do_not_hold_the_product(make_bank: Any) -> None:
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
        END_OF_DATA,
    ]
    bank = bank_of(make_bank, tables={"holdings": holdings})
    found = product_labels(bank, [JUNE])
    assert by_customer(found, "card") == {1: 1, 2: 1, 3: 0, 4: None, 5: None, 6: 0, 7: None, 8: 1, 9: 0}
    assert by_customer(found, "loan") == {**dict.fromkeys(range(1, 9), 0.0), 9: None}
    assert found.schema.field("card").type == pa.float64()


def test_products_for_other_kinds_are_not_labelled_of_a_customer(make_bank: Any) -> None:
    """Nor what such a customer opened all the same: those without would be the only ones unlabelled."""
    customers = [
        {CUSTOMER_ID: 1, "joined_on": date(2020, 1, 1), "kind": "individual"},
        {CUSTOMER_ID: 2, "joined_on": date(2020, 1, 1), "kind": "company"},
        {CUSTOMER_ID: 3, "joined_on": date(2020, 1, 1), "kind": None},
        {CUSTOMER_ID: 4, "joined_on": date(2020, 1, 1), "kind": "company"},
    ]
    holdings = [held(1, date(2024, 6, 11)), held(4, date(2024, 6, 11)), END_OF_DATA]
    products = {"card": {"kinds": ["individual"]}, "loan": {}}
    bank = bank_of(make_bank, tables={"customers": customers, "holdings": holdings}, products=products)
    found = product_labels(bank, [JUNE])
    assert by_customer(found, "card") == {1: 1.0, 2: None, 3: 0.0, 4: None}
    assert by_customer(found, "loan") == dict.fromkeys(range(1, 5), 0.0)


def test_customers_who_join_later_have_no_label(make_bank: Any) -> None:
    customers = [{CUSTOMER_ID: 9, "joined_on": date(2020, 1, 1)}, {CUSTOMER_ID: 1, "joined_on": JUNE}]
    bank = bank_of(make_bank, tables={"customers": customers, "holdings": [END_OF_DATA]})
    assert product_labels(bank, [JUNE])[CUSTOMER_ID].to_pylist() == [9]


def test_monthly_flags_label_only_those_seen_in_the_window(make_bank: Any) -> None:
    def seen(customer: int, *months: tuple[int, int]) -> list[dict[str, Any]]:
        return [
            {CUSTOMER_ID: customer, "as_of": date(2024, month, 28), "card": flag, "loan": 0}
            for month, flag in months
        ]

    months = [*seen(1, (4, 0), (5, 0), (6, 1)), *seen(2, (4, 0), (5, 0)), *seen(3, (5, 1), (6, 0))]
    options = {"holdings": {"layout": "wide"}}
    window = {"gap_days": 0, "horizon_days": 30}
    bank = bank_of(
        make_bank,
        tables={"holdings": months},
        options=options,
        window=window,
        churn={"rule": "closed_all"},
    )
    # The flags of 28 June speak for all of June: the window [1 June, 1 July) is known.
    assert by_customer(product_labels(bank, [JUNE]), "card") == {1: 1.0, 3: None}
    assert by_customer(churn_labels(bank, [JUNE])) == {3: 1.0}


def test_a_head_that_is_labelled_no_more_is_unknown() -> None:
    found = label_matrix(pa.table({"card": [1.0, 0.0]}), ["fund", "card"])
    np.testing.assert_array_equal(found, [[np.nan, 1.0], [np.nan, 0.0]])


def test_only_windows_that_end_within_the_data_are_used(make_bank: Any) -> None:
    snapshots = [date(2024, 5, 1), JUNE, date(2024, 6, 2)]
    holdings = [held(1, date(2023, 1, 1)), held(2, date(2024, 7, 10))]  # the data's last day: 10 July
    bank = bank_of(make_bank, snapshots, tables={"holdings": holdings}, churn={"rule": "closed_all"})
    found = churn_labels(bank, snapshots)
    assert found["snapshot_date"].unique().to_pylist() == [date(2024, 5, 1), JUNE]
    with pytest.raises(
        BadInputError,
        match=r"last opening or closing known is of 2024-07-10.*window 2024-06-12 to 2024-07-12",
    ):
        churn_labels(bank, [date(2024, 6, 2)])


@pytest.mark.parametrize("rule", ["closed_all", "inactive", "balance_drop"])
def test_a_rule_without_its_table_says_so(make_bank: Any, rule: str) -> None:
    bank = bank_of(make_bank, tables={}, churn={"rule": rule})
    with pytest.raises(BadInputError, match="no snapshot can be labelled"):
        churn_labels(bank, [JUNE])


def test_what_bank_toml_does_not_define_cannot_be_labelled(make_bank: Any) -> None:
    bank = bank_of(make_bank, tables={}, products={})
    with pytest.raises(BadInputError, match=r"needs a \[churn\] section"):
        churn_labels(bank, [JUNE])
    with pytest.raises(BadInputError, match=r"needs \[products\]"):
        product_labels(bank, [JUNE])
