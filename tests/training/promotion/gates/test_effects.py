"""Effects told larger than they are fail where chance does not explain it."""

from dataclasses import replace

import numpy as np
import pytest

from features.promotion_spec import PromotionSpec
from training.answers import Answers
from training.promotion.gates.case import Case, Finding, Side
from training.promotion.gates.effects import check, held
from training.promotion.gates.judge import judge
from training.uplift import choose
from training.uplift.slices import effect_slices
from training.uplift.trial import Trial


def contacts(seed: int, effect: float, told: float, rows: int = 4000) -> choose.Tested:
    """A trial of which half are treated: `effect` is what it adds to 0.3, `told` what was predicted."""
    random = np.random.default_rng(seed)
    treated = random.random(rows) < 0.5
    outcome = (random.random(rows) < 0.3 + effect * treated).astype(float)
    trial = Trial(np.empty((rows, 0)), treated, outcome, np.full(rows, 0.5), np.arange(rows))
    return choose.Tested(trial, told + random.normal(0, 0.01, rows), trial.folds(5, 0))


def case_of(side: Side, **tested: choose.Tested) -> Case:
    challenger = replace(side, tested=tested)
    return Case(PromotionSpec(), challenger, sliced=effect_slices(tested, seed=0, draws=100))


def found(side: Side, **tested: choose.Tested) -> Finding:
    [finding] = check(case_of(side, **tested))
    return finding


@pytest.mark.parametrize(
    ("effect", "told", "passes"),
    [
        (0.1, 0.1, True),
        (0.1, 0.15, True),  # a third is lacking
        (0.1, 0.4, False),
        (0.0, 0.1, False),
        (0.0, 0.02, True),  # nothing may have come true, or all of it
        (0.1, 0.05, True),  # more than was said
        (-0.1, -0.1, True),
        (-0.2, -0.05, False),  # it does more harm than was said
    ],
)
def test_the_whole_interval_has_to_lie_below(side: Side, effect: float, told: float, passes: bool) -> None:
    assert found(side, retain=contacts(0, effect, told)).passed is passes


def test_of_few_contacts_chance_explains_it(side: Side) -> None:
    assert found(side, retain=contacts(0, 0.0, 0.1, rows=300)).passed
    tiny = found(side, retain=contacts(0, 0.0, 0.9, rows=40))
    assert (tiny.measured, tiny.passed) == ("no action has enough outcomes to be judged", True)


def test_the_worst_action_is_named(side: Side) -> None:
    sound, high = contacts(0, 0.1, 0.1), contacts(1, 0.1, 0.4)
    one = found(side, retain=sound, call=high)
    assert not one.passed
    assert "] call, predicted +0.3998" in one.measured
    assert one.measured.endswith(", 1 of 2 below")
    assert one.limit.startswith("high >= -0.1999: 50% of what is predicted")


def test_intervals_of_many_actions_hold_at_once(side: Side) -> None:
    """One that fails by itself does not among a hundred: of so many one is as far off by chance."""
    near = case_of(side, retain=contacts(4, 0.05, 0.155)).sliced
    sound = case_of(side, call=contacts(0, 0.1, 0.1)).sliced
    assert [held([*near, *sound * number], 2.0).passed for number in (0, 1)] == [False, False]
    many = [replace(one, head=f"call{number}") for one in sound for number in range(99)]
    assert held([*near, *many], 2.0).passed


def test_sound_models_are_hardly_ever_refused(side: Side) -> None:
    refused = sum(not found(side, retain=contacts(seed, 0.03, 0.03, rows=1000)).passed for seed in range(40))
    assert refused <= 1


def test_it_is_a_gate_of_uplift_alone(side: Side) -> None:
    case = case_of(side, retain=contacts(0, 0.1, 0.4))
    gates = [one.gate for one in judge(case) if one.gate.startswith("calibration")]
    assert gates == ["calibration: effect observed less predicted"]
    answers = Answers((), np.arange(0), np.empty(0, object), np.empty((0, 0)), np.empty((0, 0)), np.empty(0))
    assert list(check(replace(case, challenger=replace(case.challenger, answers=answers)))) == []
