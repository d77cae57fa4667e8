"""Values within reach of training's snapshots, and beyond."""

import numpy as np
import pytest

from training.monitor.reach import OUT, WITHIN, reach

NOTHING = np.full(3, np.nan)


def test_a_column_may_go_as_far_beyond_training_as_training_reaches() -> None:
    told = reach([np.linspace(0, 10, 101), np.linspace(20, 30, 101), NOTHING], codes=False)
    # The bulks lie from 1 to 29: 28 more on either side.
    found = told(np.array([-26.5, 0.0, 15.0, 56.5, -27.5, 57.5, np.nan]))
    assert found == pytest.approx([WITHIN] * 4 + [OUT, OUT, np.nan], nan_ok=True)


def test_rare_values_do_not_stretch_it() -> None:
    told = reach([np.append(np.linspace(0, 1, 99), 1e9), np.linspace(0, 1, 100)], codes=False)
    assert told(np.array([3.0])) == [OUT]


def test_codes_are_within_if_training_had_them() -> None:
    told = reach([np.array([0.0, 1.0]), np.array([3.0])], codes=True)
    assert told(np.array([1.0, 3.0, 2.0, np.nan])) == pytest.approx(
        [WITHIN, WITHIN, OUT, np.nan], nan_ok=True
    )


def test_of_what_training_never_knew_nothing_is_within() -> None:
    assert reach([NOTHING, NOTHING], codes=False)(np.array([1.0])) == [OUT]


def test_a_number_that_all_share_has_been_seen_too_seldom_to_be_out_of_reach() -> None:
    told = reach([np.full(50, 0.31), np.append(np.full(50, 0.32), np.nan)], codes=False)
    assert told(np.array([0.5, np.nan])) == pytest.approx([WITHIN, np.nan], nan_ok=True)
