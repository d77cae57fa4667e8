"""All learners answer alike."""

import numpy as np

from training.uplift.base import Panel, bases_of
from training.uplift.learners import ALONE, learners, learners_by_action


def test_each_learns_from_a_trial_and_answers_row_by_row(draw) -> None:
    trial, _ = draw(rows=400)
    for name, learner in learners().items():
        uplift = learner(trial, 0).predict(trial.matrix)
        assert uplift.shape == (400,), name
        assert np.isfinite(uplift).all(), name
        assert np.abs(uplift).max() < 1, name


def test_the_one_helped_by_the_bank_comes_first() -> None:
    assert list(learners()) == ["odds-learner", *ALONE]


def test_offers_help_each_other_and_retention_stands_alone(draw, monkeypatch) -> None:
    helped_by = []
    monkeypatch.setattr(
        "training.uplift.learners.learners", lambda _, kin: helped_by.append(kin and len(kin.told.trial))
    )
    sizes = {"cross_sell:a": 200, "cross_sell:b": 250, "retain": 300}
    trials = {name: draw(rows=rows)[0] for name, rows in sizes.items()}
    panels = {
        name: Panel(one.matrix, one.outcome, one.customer, np.ones(len(one), bool))
        for name, one in trials.items()
    }
    assert list(learners_by_action(trials, bases_of(panels), 0)) == list(trials)
    assert helped_by == [250, 200, None]
