"""The front is what nothing beats; the knee is where more time stops paying; chance chooses nothing."""

from dataclasses import replace

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import BadInputError
from training.tune.choice import GIVEN_UP_MOST, Candidate, candidates, choose, front, knee
from training.tune.storage import try_again
from training.tune.worker import LEAVES, MICROSECONDS, QUALITY

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


@pytest.mark.parametrize("best", [True, False])
def test_where_nothing_is_learned_or_told_apart_no_trial_is_chosen(best: bool) -> None:
    level = points((0.2, 3.0), (0.2, 1.0))
    idle = [replace(one, leaves=0.0) for one in level]
    with pytest.raises(BadInputError, match="no trial of 2 learned to tell more than base rates do; none"):
        choose(idle, best=best)
    with pytest.raises(BadInputError, match="no trial of 3 learned"):
        choose([*idle, Candidate(2, 0.1, 1.0, 5.0)], best=best)  # worse than nothing learned
    with pytest.raises(BadInputError, match="all 2 trials tell equally much"):
        choose(level, best=best)
    assert choose(level[:1], best=best).number == 0
    assert choose([*idle, Candidate(2, 0.3, 9.0, 5.0)], best=best).number == 2


@pytest.mark.parametrize("best", [True, False])
def test_of_equal_quality_what_was_started_from_is_kept_whatever_the_clock_says(best: bool) -> None:
    start, drawn, poor = points((0.3, 3.0), (0.3, 1.0), (0.1, 0.5))
    assert choose([replace(start, start=True), drawn, poor], best=best).number == 0
    assert choose([replace(start, start=True, quality=0.29), drawn, poor], best=best).number == 1
    assert choose([start, replace(drawn, start=True), poor], best=best).number == 1


def test_a_smaller_trial_as_good_is_taken_before_the_start() -> None:
    every = [Candidate(0, 0.3, 3.0, 40.0, True), Candidate(1, 0.3, 1.0, 10.0), Candidate(2, 0.1, 0.5, 5.0)]
    assert choose(every).number == 1


def test_a_start_is_known_also_where_it_is_tried_again() -> None:
    study = optuna.create_study(direction="maximize")
    study.enqueue_trial({"learning_rate": 0.1})
    for dies in (True, True, False, False):
        trial = study.ask()
        trial.suggest_float("learning_rate", 0.02, 0.2)
        if dies:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            try_again(study, study.trials[trial.number])
            continue
        for name in (QUALITY, MICROSECONDS, LEAVES):
            trial.set_user_attr(name, 1.0)
        study.tell(trial, 1.0)
    drawn = study.ask()
    drawn.suggest_float("learning_rate", 0.02, 0.2)
    study.tell(drawn, state=optuna.trial.TrialState.FAIL)
    try_again(study, study.trials[drawn.number])
    again = study.ask()
    for name in (QUALITY, MICROSECONDS, LEAVES):
        again.set_user_attr(name, 1.0)
    study.tell(again, 1.0)
    assert {one.number: one.start for one in candidates(study)} == {2: True, 3: False, 5: False}
