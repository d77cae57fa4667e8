"""The front is what nothing beats; the knee is where more time stops paying."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.tune.choice import GIVEN_UP_MOST, Candidate, front, knee

FIGURES = st.floats(0.01, 100, allow_nan=False)


def points(*pairs: tuple[float, float]) -> list[Candidate]:
    return [Candidate(number, quality, time, 1.0) for number, (quality, time) in enumerate(pairs)]


@given(st.lists(st.tuples(FIGURES, FIGURES), min_size=1, max_size=30))
def test_the_front_is_brute_forces_and_the_knee_lies_on_it(pairs: list[tuple[float, float]]) -> None:
    every = points(*pairs)
    unbeaten = {
        (one.quality, one.microseconds)
        for one in every
        if not any(
            other.quality >= one.quality
            and other.microseconds <= one.microseconds
            and (other.quality, other.microseconds) != (one.quality, one.microseconds)
            for other in every
        )
    }
    found = front(every)
    assert {(one.quality, one.microseconds) for one in found} == unbeaten
    chosen = knee(every)
    assert chosen in found
    assert chosen.quality >= (1 - GIVEN_UP_MOST) * max(one.quality for one in every)


def test_the_knee_of_a_bent_curve_is_at_its_bend() -> None:
    every = points((0.990, 1.0), (0.998, 2.0), (0.999, 8.0), (1.0, 64.0))
    assert knee(every).number == 1


def test_without_a_bend_the_best_quality_is_taken() -> None:
    straight = points(*((0.99 + 0.001 * place, float(np.exp2(place))) for place in range(4)))
    assert knee(straight).number in range(4)
    assert knee(points((0.990, 1.0), (0.991, 2.0), (0.992, 8.0), (1.0, 16.0))).number == 3
    assert knee(points((0.99, 1.0), (1.0, 9.0))).number == 1


def test_a_small_poor_model_does_not_bend_the_knee() -> None:
    every = points((0.2, 0.01), (0.990, 1.0), (0.998, 2.0), (0.999, 8.0), (1.0, 64.0))
    assert knee(every).number == 2


@pytest.mark.parametrize("quality", [-0.1, 0.0])
def test_a_quality_below_zero_has_its_best_on_the_front(quality: float) -> None:
    assert knee(points((quality, 1.0), (quality - 0.5, 0.5))).number == 0
