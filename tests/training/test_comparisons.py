"""Comparisons are kept where the outcome depends on one, and left out where it does not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn, relative_difference
from training.comparisons import widened, with_comparisons
from training.dataset import Dataset, Examples

NAMES = ("before", "now", "noise", "grade")
COLUMNS = tuple(FeatureColumn(name=name) for name in NAMES)
ROWS, TRAIN = 6000, 4000


SNAPSHOT, LATER = date(2024, 1, 1), date(2024, 6, 1)


def dataset(*, by_fall: bool, heads: int = 1, later_by_fall: bool | None = None) -> Dataset:
    """Who leaves depends on how far a balance fell, whatever it was, or on a grade alone.

    Given `later_by_fall`, what calibrates is of a later snapshot, where it is so; else of others.
    """
    random = np.random.default_rng(0)
    before, now = (np.exp(random.normal(7, 1.5, ROWS)) for _ in range(2))
    matrix = np.column_stack([before, now, random.normal(size=ROWS), random.integers(0, 5, ROWS)])
    later = np.arange(ROWS) >= TRAIN
    falls = np.where(later & (later_by_fall is not None), bool(later_by_fall), by_fall)
    odds = np.where(falls, 4 * relative_difference(before, now) - 1.5, matrix[:, 3] - 3)
    labels = (random.uniform(size=ROWS) < 1 / (1 + np.exp(-odds))).astype(float)
    days = [LATER if late and later_by_fall is not None else SNAPSHOT for late in later.tolist()]
    keys = pa.table({"customer_id": np.arange(ROWS), "snapshot_date": pa.array(days, pa.date32())})
    whole = Examples(keys, matrix, np.column_stack([labels] * heads), np.ones(ROWS))
    return Dataset(
        COLUMNS, tuple(f"head{place}" for place in range(heads)), whole, (TRAIN, 0, 1500, ROWS - TRAIN - 1500)
    )


def test_what_an_outcome_depends_on_is_found_and_added_to_every_part() -> None:
    data = dataset(by_fall=True)
    found = with_comparisons(data, {}, seed=0)
    assert found.note.endswith("kept")
    names = [column.name for column in found.data.columns]
    assert names[: len(NAMES)] == list(NAMES)
    place = (
        names.index("before_against_now")
        if "before_against_now" in names
        else names.index("now_against_before")
    )
    for part, before in ((found.data.train, data.train), (found.data.test, data.test)):
        np.testing.assert_array_equal(part.matrix[:, : len(NAMES)], before.matrix)
        np.testing.assert_array_equal(part.labels, before.labels)
        expected = relative_difference(before.matrix[:, 0], before.matrix[:, 1])
        np.testing.assert_array_equal(np.abs(part.matrix[:, place]), np.abs(expected))
    assert not any("grade" in name for name in names[len(NAMES) :])


def test_the_next_snapshot_judges_where_there_is_one() -> None:
    lasting = with_comparisons(dataset(by_fall=True, later_by_fall=True), {}, seed=0)
    assert "of the next snapshot" in lasting.note
    assert lasting.note.endswith("kept")
    gone = dataset(by_fall=True, later_by_fall=False)
    found = with_comparisons(gone, {}, seed=0)
    assert found.data is gone, found.note
    assert found.note.endswith("left out")


def test_the_test_rows_have_no_say() -> None:
    data = dataset(by_fall=True, later_by_fall=True)
    labels = data.everything.labels.copy()
    labels[-data.sizes[-1] :] = 1 - labels[-data.sizes[-1] :]
    turned = replace(data, everything=replace(data.everything, labels=labels))
    first, second = (with_comparisons(one, {}, seed=0) for one in (data, turned))
    assert first.note == second.note
    assert first.data.columns == second.data.columns


def test_what_helps_nothing_is_left_out() -> None:
    data = dataset(by_fall=False)
    found = with_comparisons(data, {}, seed=0)
    assert found.data is data, found.note
    assert found.note.endswith("left out")


def test_a_feature_held_monotone_is_not_compared() -> None:
    found = with_comparisons(dataset(by_fall=True), {"before": 1}, seed=0)
    assert not any("before" in (column.compares or ()) for column in found.data.columns)


@pytest.mark.parametrize("rows", [0, 200])
def test_with_too_few_rows_or_several_heads_nothing_is_tried(rows: int) -> None:
    data = dataset(by_fall=True)
    few = replace(data, sizes=(rows, TRAIN - rows, 1500, ROWS - TRAIN - 1500))
    assert with_comparisons(few, {}, seed=0).data is few
    several = dataset(by_fall=True, heads=2)
    assert with_comparisons(several, {}, seed=0).data is several


def test_a_wider_matrix_keeps_what_was_there() -> None:
    columns = (*COLUMNS, FeatureColumn(name="fall", compares=("before", "now")))
    matrix = np.array([[3.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [np.nan, 1.0, 0.0, 0.0]])
    wide = widened(matrix, columns)
    np.testing.assert_array_equal(wide[:, :4], matrix)
    np.testing.assert_array_equal(wide[:, 4], [0.5, np.nan, np.nan])
