"""Splits leak neither across time nor across customers, and say how they were made."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.spec import WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.split import RECORDED_ON, Part, Split, customer_share, split


def labelled(days: list[date], customers: int = 500) -> pa.Table:
    return pa.table(
        {
            CUSTOMER_ID: np.tile(np.arange(customers), len(days)),
            SNAPSHOT_DATE: pa.array(np.repeat(np.array(days, "datetime64[D]"), customers)),
        }
    )


def months(number: int) -> list[date]:
    return [date(2023 + month // 12, month % 12 + 1, 1) for month in range(number)]


def days_of(table: pa.Table, found: Split, part: Part) -> list[date]:
    return sorted(table[SNAPSHOT_DATE].take(found.rows(part)).unique().to_pylist())


def test_monthly_snapshots_are_purged_in_time() -> None:
    table = labelled(months(10))
    found = split(table, WindowSpec(horizon_days=60), seed=0)
    assert found.kind == "time"
    assert days_of(table, found, Part.TEST) == [date(2023, 10, 1)]
    assert days_of(table, found, Part.CALIBRATE) == [date(2023, 8, 1)]  # its window ends on 30 September
    assert days_of(table, found, Part.TRAIN) == months(6)
    assert days_of(table, found, Part.BETWEEN) == [date(2023, 7, 1)]
    assert days_of(table, found, Part.UNUSED) == [date(2023, 9, 1)]  # not known yet on 1 October
    assert "tested on 2023-10-01" in found.note


@given(
    days=st.lists(st.dates(date(2020, 1, 1), date(2022, 12, 31)), min_size=1, max_size=15, unique=True),
    gap=st.integers(0, 60),
    horizon=st.integers(1, 200),
)
def test_no_label_window_reaches_into_a_later_part(days: list[date], gap: int, horizon: int) -> None:
    table = labelled(sorted(days), customers=50)
    found = split(table, WindowSpec(gap_days=gap, horizon_days=horizon), seed=1)
    part_days = {part: days_of(table, found, part) for part in (Part.TRAIN, Part.CALIBRATE, Part.TEST)}
    assert all(part_days.values())
    order = [Part.TRAIN, Part.CALIBRATE, Part.TEST]
    for early, late in pairwise(order):
        end = part_days[early][-1] + timedelta(days=gap + horizon)
        if end > part_days[late][0]:  # then the parts must not share a customer
            customers = [set(table[CUSTOMER_ID].take(found.rows(part)).to_pylist()) for part in (early, late)]
            assert not customers[0] & customers[1]


def test_two_purged_snapshots_calibrate_on_other_customers() -> None:
    table = labelled([date(2023, 1, 1), date(2023, 4, 1)])
    found = split(table, WindowSpec(horizon_days=90), seed=0)
    assert found.kind == "time and customers"
    assert days_of(table, found, Part.TEST) == [date(2023, 4, 1)]
    assert len(found.rows(Part.TEST)) == 500
    assert len(found.rows(Part.TRAIN)) == pytest.approx(375, abs=40)


def test_a_single_snapshot_parts_customers_60_20_20() -> None:
    table = labelled([date(2023, 1, 1)], customers=5000)
    found = split(table, WindowSpec(), seed=0)
    assert found.kind == "customers"
    sizes = [len(found.rows(part)) for part in (Part.TRAIN, Part.CALIBRATE, Part.TEST)]
    assert sizes == pytest.approx([3000, 1000, 1000], abs=120)
    assert not len(found.rows(Part.UNUSED))


def test_the_share_depends_on_customer_and_seed_alone() -> None:
    ids = pa.chunked_array([pa.array([1, 2, 3]), pa.array([3, 2])])
    share = customer_share(ids, seed=7)
    assert share[0] != share[1]
    assert share[1:3].tolist() == share[[4, 3]].tolist()
    assert (customer_share(ids, seed=8) != share).all()
    as_text = customer_share(pa.chunked_array([pa.array(["1", "2", "3"])]), seed=7)
    assert as_text.tolist() == share[:3].tolist()


def test_shares_are_spread_evenly() -> None:
    share = customer_share(pa.chunked_array([pa.array(np.arange(20_000))]), seed=0)
    assert ((share >= 0) & (share < 1)).all()
    counts, _ = np.histogram(share, 10, (0, 1))
    assert counts.tolist() == pytest.approx([2000] * 10, rel=0.1)


def recorded(table: pa.Table, after: np.ndarray) -> pa.Table:
    """The table with its labels recorded so many days after the snapshot, (rows,); NaT says nothing."""
    days = table[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]") + after
    return table.append_column(RECORDED_ON, pa.array(days))


def test_labels_recorded_late_teach_and_calibrate_late() -> None:
    table = labelled(months(10))
    late = recorded(table, np.full(len(table), np.timedelta64(120, "D")))
    found = split(late, WindowSpec(horizon_days=60), seed=0)
    assert days_of(table, found, Part.TEST) == [date(2023, 10, 1)]
    assert days_of(table, found, Part.CALIBRATE) == [date(2023, 6, 1)]  # 1 June and 120 days: 29 September
    assert days_of(table, found, Part.TRAIN) == [date(2023, 1, 1)]
    assert days_of(table, found, Part.BETWEEN) == [date(2023, month, 1) for month in (2, 3, 4, 5)]
    soon = recorded(table, np.full(len(table), np.timedelta64(1, "D")))
    silent = recorded(table, np.full(len(table), np.timedelta64("NaT")))
    for same in (soon, silent):
        assert (
            split(same, WindowSpec(horizon_days=60), 0).parts
            == split(table, WindowSpec(horizon_days=60), 0).parts
        ).all()


@pytest.mark.parametrize(("after", "kind"), [(180, "time and customers"), (181, "customers")])
def test_a_label_recorded_on_the_tests_day_is_not_known_then(after: int, kind: str) -> None:
    table = labelled([date(2023, 1, 1), date(2023, 7, 1)])  # 181 days apart
    days = np.full(len(table), np.timedelta64(after, "D"))
    assert split(recorded(table, days), WindowSpec(horizon_days=31), seed=0).kind == kind


@pytest.mark.parametrize(("late", "calibrates"), [(100, date(2023, 8, 1)), (400, date(2023, 7, 1))])
def test_rows_recorded_late_are_left_out_and_a_snapshot_of_few_others_calibrates_nothing(
    late: int, calibrates: date
) -> None:
    table = labelled(months(10))
    after = np.where(np.tile(np.arange(500) < late, 10), 300, 1)
    of_august = table[SNAPSHOT_DATE].to_numpy() == np.datetime64("2023-08-01")
    after = np.where(of_august, after, 1).astype("timedelta64[D]")
    found = split(recorded(table, after), WindowSpec(horizon_days=60), seed=0)
    assert days_of(table, found, Part.CALIBRATE) == [calibrates]
    learnt = found.learnt & of_august
    assert learnt.sum() == (500 - late if late < 250 else 0)
    assert len(found.rows(Part.TEST)) == 500
