"""Gain and lift on cases counted by hand."""

import numpy as np
import pytest

from training.metrics.gain import GainCurve, gain_curve


def curve(labels: list[float], scores: list[float]) -> GainCurve:
    found = gain_curve(np.array(labels), np.array(scores))
    assert found is not None
    return found


def test_gain_and_lift_of_the_highest_scores() -> None:
    found = curve([1, 0, 1, 0, 0, 0, 0, 0, 0, 1], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])
    assert found.gain(0.1) == pytest.approx(1 / 3)
    assert found.lift(0.1) == pytest.approx(1 / 3 / 0.1)
    assert found.gain(0.3) == pytest.approx(2 / 3)
    assert found.gain(1.0) == 1.0
    assert (found.contacted[0], found.found[0]) == (0.0, 0.0)


def test_tied_scores_find_as_many_as_at_random() -> None:
    constant = curve([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [0.2] * 10)
    assert [constant.lift(share) for share in (0.01, 0.05, 0.1)] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize("labels", [[], [0.0, 0.0], [1.0, 1.0]])
def test_without_both_classes_there_is_no_curve(labels: list[float]) -> None:
    assert gain_curve(np.array(labels), np.linspace(0, 1, len(labels))) is None
