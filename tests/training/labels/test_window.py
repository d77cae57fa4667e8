"""The window starts after the gap and ends before its last day is followed by another."""

from datetime import date

import ibis

from features.spec import WindowSpec
from training.labels.window import LabelWindow, between, label_window

JUNE = date(2024, 6, 1)


def test_it_starts_after_the_gap_and_lasts_a_horizon() -> None:
    window = WindowSpec(gap_days=10, horizon_days=30)
    assert label_window(JUNE, window) == LabelWindow(JUNE, date(2024, 6, 11), date(2024, 7, 11))


def test_its_first_day_is_in_it_and_its_end_is_not() -> None:
    days = [date(2024, 6, 10), date(2024, 6, 11), date(2024, 7, 10), date(2024, 7, 11)]
    table = ibis.memtable({"day": days})
    inside = table.filter(between(table.day, date(2024, 6, 11), date(2024, 7, 11))).day.to_pyarrow()
    assert inside.to_pylist() == days[1:3]
