"""Comparisons are kept where the outcome depends on one, and left out where it does not."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn, relative_difference
from training.comparisons import widened, with_comparisons
from training.dataset import Dataset, Examples

NAMES = ("before", "now", "noise", "grade")
COLUMNS = tuple(FeatureColumn(name=name) for name in NAMES)
ROWS = 6000


def dataset(*, by_fall: bool, heads: int = 1) -> Dataset:
    """Who leaves depends on how far a balance fell, whatever it was, or on a grade alone."""
    random = np.random.default_rng(0)
    before, now = (np.exp(random.normal(7, 1.5, ROWS)) for _ in range(2))
    matrix = np.column_stack([before, now, random.normal(size=ROWS), random.integers(0, 5, ROWS)])
    odds = 4 * relative_difference(before, now) - 1.5 if by_fall else matrix[:, 3] - 3
    labels = (random.uniform(size=ROWS) < 1 / (1 + np.exp(-odds))).astype(float)
    keys = pa.table({"customer_id": np.arange(ROWS)})
    whole = Examples(keys, matrix, np.column_stack([labels] * heads), np.ones(ROWS))
    return Dataset(
        COLUMNS, tuple(f"head{place}" for place in range(heads)), whole, (4000, 0, 1000, ROWS - 5000)
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
    few = replace(data, sizes=(rows, 4000 - rows, 1000, 1000))
    assert with_comparisons(few, {}, seed=0).data is few
    several = dataset(by_fall=True, heads=2)
    assert with_comparisons(several, {}, seed=0).data is several


def test_a_wider_matrix_keeps_what_was_there() -> None:
    columns = (*COLUMNS, FeatureColumn(name="fall", compares=("before", "now")))
    matrix = np.array([[3.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [np.nan, 1.0, 0.0, 0.0]])
    wide = widened(matrix, columns)
    np.testing.assert_array_equal(wide[:, :4], matrix)
    np.testing.assert_array_equal(wide[:, 4], [0.5, np.nan, np.nan])
