"""Planted effects are what they claim to be, and the table has its rows."""

import numpy as np
import pytest

from experiments.uplift_null import HEADS, drawn, lines


def test_an_effect_goes_up_and_down_with_the_sign_of_one_column() -> None:
    trial = drawn(40_000, 0, effect=1.0)
    up = trial.matrix[:, 2] > 0

    def gain(rows: np.ndarray) -> float:
        return float(trial.outcome[rows & trial.treated].mean() - trial.outcome[rows & ~trial.treated].mean())

    assert gain(up) == pytest.approx(0.17, abs=0.03)
    assert gain(~up) == pytest.approx(-0.11, abs=0.03)
    null = drawn(40_000, 0)
    assert null.treated.mean() == pytest.approx(null.probability.mean(), abs=0.01)


def test_an_effect_is_told_from_none_by_the_interval() -> None:
    table = [line.strip("| ").split(" | ") for line in lines((0.0, 3.0), 1000, 4, ["T-learner"])]
    assert tuple(table[0]) == HEADS
    assert [row[:2] for row in table[2:]] == [
        ["0", "crossed"],
        ["0", "forward"],
        ["3", "crossed"],
        ["3", "forward"],
    ]
    assert table[3][3].startswith("0.0000 ")
    assert table[5][3].startswith("1.0000 ")
