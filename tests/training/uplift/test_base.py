"""The base learns from whom a learner may see, and is fitted once for them."""

import numpy as np

from training.uplift.base import Panel, base_of
from training.uplift.trees import predicted


def test_a_base_is_fitted_once_for_the_same_customers(draw) -> None:
    trial, _ = draw(rows=400)
    panel = Panel(trial.matrix, trial.outcome, trial.customer, np.ones(400, bool))
    base = base_of(panel)
    half = trial.take(np.arange(200))
    assert base(half, 0) is base(half, 0)
    assert base(half, 0) is not base(trial, 0)
    assert base(half, 0) is not base(half, 1)


def test_without_a_panel_arms_are_as_one(draw) -> None:
    trial, _ = draw(rows=4000)
    told = predicted(base_of()(trial, 0), trial.matrix)
    assert np.corrcoef(told, trial.matrix[:, 1])[0, 1] > 0.9  # the base rate's column
    assert (
        abs(np.corrcoef(told, trial.matrix[:, 0])[0, 1]) < 0.2
    )  # the effect's: up in one arm, down in the other
