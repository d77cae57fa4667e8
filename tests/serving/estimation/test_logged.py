"""What a table of logged decisions must hold, and what a decision comes to."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from serving.estimation.logged import LOGGED, checked, codes, matured, rewards

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log


def test_columns_come_in_order_and_nulls_of_outcomes_are_a_no(log: "Log") -> None:
    shuffled = log(2, accepted=[None, True], further=1.0).select(["further", *reversed(LOGGED.names)])
    table = checked(shuffled)
    assert table.column_names == [*LOGGED.names, "stake"]
    assert table["accepted"].to_pylist() == [False, True]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"decision_id": ["a", "a"]}, "decision_id repeats: 1 of them, first a"),
        ({"probability": [1.0, 0.0]}, r"probability is not in \(0, 1\] in 1 of 2 rows: d000001"),
        ({"probability": [1.0, np.nan]}, "probability is not in"),
        ({"probability": [1.0, None]}, "probability is null in 1 of 2 rows"),
        ({"value": [None, 1.0]}, "value is null in 1 of 2 rows: d000000"),
        ({"group": [None, "retain"]}, "group is null"),
        ({"arm": None}, "arm is null in 2 of 2"),
    ],
)
def test_what_is_wrong_is_named(log: "Log", columns: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        checked(log(2, **columns))


def test_missing_and_mistyped_columns_are_named(log: "Log") -> None:
    with pytest.raises(BadInputError, match="columns missing: arm, churned"):
        checked(log(1).drop_columns(["arm", "churned"]))
    table = log(1).drop_columns(["cost"]).append_column("cost", pa.array(["dear"]))
    with pytest.raises(BadInputError, match="cost: expected double, got string"):
        checked(table)


def test_nothing_needs_no_money(log: "Log") -> None:
    table = checked(log(1, action="nothing", group=None, channel=None, value=None, cost=None))
    assert rewards(table).tolist() == [0.0]


def test_rewards_by_hand(log: "Log") -> None:
    table = log(
        5,
        group=["cross_sell", "cross_sell", "retain", "retain", "cross_sell"],
        arm=["treatment", "control", "treatment", "treatment", "treatment"],
        accepted=[True, True, True, False, False],
        churned=[False, False, False, True, True],
        value=[100.0, 100.0, 300.0, 300.0, 100.0],
        cost=2.0,
    )
    assert rewards(checked(table)).tolist() == [98.0, 100.0, -2.0, -302.0, -2.0]
    staked = checked(table.append_column("stake", pa.array([50.0] * 5)))
    assert rewards(staked).tolist() == [98.0, 100.0, -2.0, -52.0, -52.0]


def test_only_complete_windows_count(log: "Log") -> None:
    table = log(3, decided_on=[date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 3)])
    assert matured(table, date(2024, 6, 1), 91).num_rows == 2
    with pytest.raises(BadInputError, match="the first is complete on 2024-05-31"):
        matured(table, date(2024, 5, 30), 91)
    with pytest.raises(BadInputError, match="none is logged"):
        matured(table.slice(0, 0), date(2024, 5, 30), 91)


def test_codes_are_dense() -> None:
    assert codes(pa.chunked_array([["b", "a"], ["b"]])).tolist() == [0, 1, 0]
