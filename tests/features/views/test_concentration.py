"""The share of deposits that the largest customers hold."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from features.views.concentration import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
Make = Callable[..., Any]


def shares(bank_of: Make, features_of: Make, amounts: list[float] | None, customers: int) -> dict[str, Any]:
    tables = {Table.CUSTOMERS: [{"customer_id": customer} for customer in range(customers)]}
    if amounts is not None:
        tables[Table.BALANCES] = [
            {"customer_id": customer, "product": "a", "as_of": date(2024, 2, 29), "balance": amount}
            for customer, amount in enumerate(amounts)
        ]
    found = features_of(VIEW, bank_of(tables), SNAPSHOT)
    assert len(found) == customers
    assert all(values == found[0] for values in found.values())
    return {name.removeprefix("concentration_"): value for name, value in found[0].items()}


def test_heavy_tail(bank_of: Make, features_of: Make) -> None:
    amounts = np.random.default_rng(0).pareto(1.2, 200).round(2)
    largest = np.sort(amounts)[::-1]
    found = shares(bank_of, features_of, amounts.tolist(), 200)
    for percent in (1, 10, 20):
        expected = largest[: 2 * percent].sum() / largest.sum()
        assert found[f"top_{percent}_share"] == pytest.approx(expected, abs=1e-4)


def test_few_customers_are_rounded_up_and_overdrafts_count_nothing(bank_of: Make, features_of: Make) -> None:
    found = shares(bank_of, features_of, [60.0, 40.0, -500.0], 11)
    assert found == {"top_1_share": 0.6, "top_10_share": 1, "top_20_share": 1}


@pytest.mark.parametrize("amounts", [None, [], [-1.0, 0.0]])
def test_null_where_nobody_has_deposits(
    bank_of: Make, features_of: Make, amounts: list[float] | None
) -> None:
    assert set(shares(bank_of, features_of, amounts, 2).values()) == {None}


def test_models_do_not_learn_from_what_is_the_same_for_everyone() -> None:
    assert not VIEW.for_models
