"""Walking forward never looks ahead: no label window of an earlier part reaches into a later one."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.backtest.folds import REPEATS, walk_forward
from training.dataset import number_customers
from training.split import Part


def bank(window: WindowSpec) -> BankSpec:
    tables = {"customers": {"path": "customers.csv"}}
    days = {"dates": (date(2024, 1, 1),)}
    return BankSpec(folder=Path("/bank"), name="Bank", tables=tables, snapshots=days, window=window)


def keys(days: list[date], customers: int = 40) -> pa.Table:
    dates = pa.array(np.repeat(np.array(days, "datetime64[D]"), customers))
    return pa.table({CUSTOMER_ID: np.tile(np.arange(customers) + 7, len(days)), SNAPSHOT_DATE: dates})


@settings(max_examples=40)
@given(
    days=st.lists(st.dates(date(2020, 1, 1), date(2022, 12, 31)), min_size=1, max_size=12, unique=True),
    gap=st.integers(0, 60),
    horizon=st.integers(1, 200),
    most=st.none() | st.integers(1, 4),
)
def test_no_window_reaches_into_a_later_part(
    days: list[date], gap: int, horizon: int, most: int | None
) -> None:
    table = keys(sorted(days))
    found = walk_forward(table, bank(WindowSpec(gap_days=gap, horizon_days=horizon)), most)
    assert found
    assert len(found) <= (most or max(len(days), REPEATS))
    assert [fold.test for fold in found] == sorted(fold.test for fold in found)
    for fold in found:
        days_of = {part: table[SNAPSHOT_DATE].take(fold.split.rows(part)).to_pylist() for part in Part}
        people = {part: table[CUSTOMER_ID].take(fold.split.rows(part)).to_pylist() for part in Part}
        assert all(days_of[part] for part in (Part.TRAIN, Part.CALIBRATE, Part.TEST))
        assert set(days_of[Part.TEST]) == {fold.test} or fold.split.kind == "customers"
        for early, late in (
            (Part.TRAIN, Part.CALIBRATE),
            (Part.TRAIN, Part.TEST),
            (Part.CALIBRATE, Part.TEST),
        ):
            end = max(days_of[early]) + timedelta(days=gap + horizon)
            assert end <= min(days_of[late]) or not set(people[early]) & set(people[late])


def test_months_give_a_fold_as_soon_as_two_windows_have_ended() -> None:
    days = [date(2024, month, 1) for month in range(1, 10)]
    found = walk_forward(keys(days), bank(WindowSpec(horizon_days=60)))
    assert [fold.name for fold in found] == [f"2024-0{month}-01" for month in (5, 6, 7, 8, 9)]
    assert len(found[0].split.rows(Part.TRAIN)) == 40
    assert [fold.test for fold in walk_forward(keys(days), bank(WindowSpec(horizon_days=60)), 2)] == days[-2:]


def test_a_single_snapshot_is_parted_in_several_ways() -> None:
    found = walk_forward(keys([date(2024, 1, 1)]), bank(WindowSpec()))
    assert len(found) == REPEATS
    assert len({fold.split.parts.tobytes() for fold in found}) == REPEATS


def test_customers_are_numbered_by_first_appearance() -> None:
    assert number_customers(pa.table({CUSTOMER_ID: ["b", "a", "b"]})).tolist() == [0, 1, 0]
