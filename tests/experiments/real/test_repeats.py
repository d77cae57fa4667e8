"""Intervals and tables against values worked out by hand."""

import math

import pytest

from experiments.real.repeats import LEARNT, interval, table


def test_interval_is_the_corrected_resampled_t() -> None:
    found = interval([0.1, 0.3])
    assert found.mean == pytest.approx(0.2)
    # One degree of freedom: t is 12.7062; the sample variance of (0.1, 0.3) is 0.02.
    assert found.half == pytest.approx(12.7062 * math.sqrt((1 / 2 + (1 - LEARNT) / LEARNT) * 0.02), rel=1e-5)


def test_a_constant_difference_has_no_width() -> None:
    rows = table({"a": [0.5, 0.7, 0.6], "b": [0.4, 0.6, 0.5]}, against="a").splitlines()
    assert rows[0] == "| | mean | minus a |"
    assert rows[2].endswith("|  |")
    assert rows[3].endswith("| -0.1000 ± 0.0000 |")
