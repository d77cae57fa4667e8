"""Pictures show each action: its gain by share contacted, and whether its effects hold."""

import numpy as np
import pytest

from training.plots import drawn
from training.uplift import choose
from training.uplift.figures import effect_figures, gain_curve


def test_the_gain_ends_at_the_average_effect_and_is_highest_where_the_harmed_begin(draw) -> None:
    trial, uplift = draw(rows=4000)
    curve = gain_curve(choose.Tested(trial, uplift, np.ones(4000, dtype=int)))
    rates = [trial.outcome[arm].mean() for arm in (trial.treated, ~trial.treated)]
    assert (curve[0], curve[-1]) == pytest.approx((0.0, rates[0] - rates[1]), abs=1e-12)
    assert abs(curve.argmax() - 25) <= 2  # half of all gain


def test_every_action_has_its_own_and_the_same_text_comes_again(draw) -> None:
    tested = {}
    for seed, action in enumerate(("retain", "cross_sell:card", "cross_sell:loan")):
        trial, uplift = draw(rows=600, seed=seed)
        tested[action] = choose.Tested(trial, uplift, trial.folds(3, 0))
    found = effect_figures(tested, {"tenure": 1.0}, seed=0)
    assert list(found) == ["qini", "calibration_of_effects", "importance"]
    assert list(effect_figures(tested, {}, seed=0)) == ["qini", "calibration_of_effects"]
    titles = [axes.get_title() for axes in found["calibration_of_effects"].axes]
    assert titles == [f"{action}, 600 contacts" for action in tested]
    assert drawn(found) == drawn(effect_figures(tested, {"tenure": 1.0}, seed=0))
