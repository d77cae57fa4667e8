"""Minima that cannot be met, and the proof."""

import numpy as np
import pytest

import serving.selection.shortage
from serving.selection.problem import nothing, shortage
from serving.selection.shortage import least_missing, relieved, unavoidable
from tests.serving.selection.selection_cases import problem_of

# Both actions ask for two contacts; the channel holds three.
TIGHT = problem_of(
    [[[5.0] * 4], [[2.0] * 4]],
    [[[1.0], [1.0]], [[1.0], [0.0]], [[0.0], [1.0]]],
    [3.0, 9.0, 9.0],
    [0.0, 2.0, 2.0],
)


def test_what_every_list_misses_is_proven() -> None:
    assert least_missing(TIGHT) == pytest.approx(1.0, abs=1e-3)
    wide = problem_of([[[5.0] * 4]], [[[1.0]]], [9.0], [4.0])
    assert least_missing(wide) == pytest.approx(0.0, abs=1e-6)


def test_large_problems_count_who_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.selection.shortage, "PROVEN_CELLS", 0)
    few = problem_of([[[5.0, 5.0, -np.inf]], [[2.0] * 3]], [[[1.0], [0.0]]], [9.0], [3.0])
    assert least_missing(few) == 1.0
    assert least_missing(TIGHT) == 0.0


def test_the_missed_are_named_with_how_many_could_be_reached() -> None:
    missing = shortage(TIGHT, nothing(TIGHT))
    told = unavoidable(TIGHT, missing)
    assert [(one.row, one.missing, one.reachable) for one in told] == [(1, 2.0, 4), (2, 2.0, 4)]
    np.testing.assert_array_equal(relieved(TIGHT, missing).minima, [0.0, 0.0, 0.0])
