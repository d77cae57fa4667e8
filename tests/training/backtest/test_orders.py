"""Simple orders put first whom a bank would."""

import lightgbm as lgb
import numpy as np
import pytest

from training.backtest.orders import Order, learn_orders
from training.uplift.base import Panel

NAMES = ("risk", "transactions_days_since_last", "tier")
MATRIX = np.array([[0.0, 5.0, 0.0], [1.0, np.nan, 1.0], [0.5, 90.0, np.nan]])


@pytest.fixture(scope="module")
def orders() -> dict[str, dict[str, Order]]:
    """The higher the risk column the likelier the outcome, in tier 0 by half, in tier 1 hardly."""
    random = np.random.default_rng(0)
    matrix = np.column_stack([random.random(1000), random.random(1000), np.arange(1000) % 2])
    outcome = (random.random(1000) < np.where(matrix[:, 2] == 0, 0.5, 0.05) * (0.5 + matrix[:, 0])).astype(
        float
    )
    model = lgb.train(
        {"objective": "binary", "verbosity": -1, "num_threads": 1, "interaction_constraints": "[0]"},
        lgb.Dataset(matrix, outcome),
        30,
    )
    panel = Panel(matrix, outcome, np.arange(1000), np.zeros(1000, dtype=bool))
    return {action: learn_orders(action, panel, model, NAMES) for action in ("retain", "cross_sell:card")}


def ranked(order: Order) -> list[int]:
    return np.argsort(-order(MATRIX), kind="stable").tolist()


def test_to_sell_the_likeliest_and_the_last_seen_come_first(orders: dict[str, dict[str, Order]]) -> None:
    found = orders["cross_sell:card"]
    assert list(found) == ["random", "response", "recency", "tier"]
    assert found["response"](MATRIX)[1] > found["response"](MATRIX)[0]
    assert ranked(found["recency"]) == [0, 2, 1]
    assert ranked(found["tier"]) == [0, 2, 1]  # of an unknown tier the rate is everyone's
    assert len(set(found["random"](MATRIX))) == 1


def test_to_retain_the_least_likely_to_stay_and_the_longest_unseen(
    orders: dict[str, dict[str, Order]],
) -> None:
    found = orders["retain"]
    assert found["response"](MATRIX)[1] < found["response"](MATRIX)[0]
    assert ranked(found["recency"]) == [1, 2, 0]
    assert ranked(found["tier"]) == [1, 2, 0]
    assert np.isfinite([order(MATRIX) for order in found.values()]).all()


def test_columns_that_a_bank_lacks_have_no_order(orders: dict[str, dict[str, Order]]) -> None:
    panel = Panel(MATRIX, np.zeros(3), np.arange(3), np.zeros(3, dtype=bool))
    model = lgb.train({"verbosity": -1}, lgb.Dataset(MATRIX, np.zeros(3)), 1)
    assert list(learn_orders("retain", panel, model, ("a", "b", "c"))) == ["random", "response"]


def test_columns_that_are_the_same_of_all_have_no_order_and_the_next_one_takes_their_place() -> None:
    names = ("transactions_days_since_last", "interactions_days_since_last", "tier")
    matrix = np.array([[np.nan, 5.0, 1.0], [np.nan, 9.0, 1.0]])
    panel = Panel(matrix, np.zeros(2), np.arange(2), np.zeros(2, dtype=bool))
    model = lgb.train({"verbosity": -1}, lgb.Dataset(MATRIX, np.zeros(3)), 1)
    found = learn_orders("cross_sell:card", panel, model, names)
    assert list(found) == ["random", "response", "recency"]
    assert found["recency"](matrix).tolist() == [-5.0, -9.0]
