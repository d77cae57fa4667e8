"""Labels look only into their window, need the whole of it, and follow what was recorded at last."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.bank import Bank
from features.errors import BadInputError
from features.vocabulary import CUSTOMER_ID
from training.labels.labelled import churn_labels, label_matrix, product_labels

Row = dict[str, Any]
Labels = dict[int, float | None]
JUNE = date(2024, 6, 1)
at = datetime.fromisoformat


def test_labels_know_the_last_restatement_and_features_what_was_known(
    bank_of: Callable[..., Bank], by_customer: Callable[..., Labels]
) -> None:
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
        bank = bank_of(tables=tables, churn={"rule": rule})
        assert by_customer(churn_labels(bank, [JUNE])) == {1: 1.0}


def test_monthly_flags_label_only_those_seen_in_the_window(
    bank_of: Callable[..., Bank], by_customer: Callable[..., Labels]
) -> None:
    def seen(customer: int, *months: tuple[int, int]) -> list[dict[str, Any]]:
        return [
            {CUSTOMER_ID: customer, "as_of": date(2024, month, 28), "card": flag, "loan": 0}
            for month, flag in months
        ]

    months = [*seen(1, (4, 0), (5, 0), (6, 1)), *seen(2, (4, 0), (5, 0)), *seen(3, (5, 1), (6, 0))]
    options = {"holdings": {"layout": "wide"}}
    window = {"gap_days": 0, "horizon_days": 30}
    bank = bank_of(
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


def test_only_windows_that_end_within_the_data_are_used(
    bank_of: Callable[..., Bank], held: Callable[..., Row]
) -> None:
    snapshots = [date(2024, 5, 1), JUNE, date(2024, 6, 2)]
    holdings = [held(1, date(2023, 1, 1)), held(2, date(2024, 7, 10))]  # the data's last day: 10 July
    bank = bank_of(tables={"holdings": holdings}, snapshots=snapshots, churn={"rule": "closed_all"})
    found = churn_labels(bank, snapshots)
    assert found["snapshot_date"].unique().to_pylist() == [date(2024, 5, 1), JUNE]
    with pytest.raises(
        BadInputError,
        match=r"last opening or closing known is of 2024-07-10.*window 2024-06-12 to 2024-07-12",
    ):
        churn_labels(bank, [date(2024, 6, 2)])


@pytest.mark.parametrize("rule", ["closed_all", "inactive", "balance_drop"])
def test_a_rule_without_its_table_says_so(bank_of: Callable[..., Bank], rule: str) -> None:
    bank = bank_of(tables={}, churn={"rule": rule})
    with pytest.raises(BadInputError, match="no snapshot can be labelled"):
        churn_labels(bank, [JUNE])


def test_what_bank_toml_does_not_define_cannot_be_labelled(bank_of: Callable[..., Bank]) -> None:
    bank = bank_of(tables={}, products={})
    with pytest.raises(BadInputError, match=r"needs a \[churn\] section"):
        churn_labels(bank, [JUNE])
    with pytest.raises(BadInputError, match=r"needs \[products\]"):
        product_labels(bank, [JUNE])
