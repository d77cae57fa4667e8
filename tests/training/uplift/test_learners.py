"""All learners answer alike."""

from dataclasses import replace

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


def test_who_is_answered_for_is_not_learned_from_as_control_of_another_action(draw) -> None:
    """Actions share their control: what came of the answered, in any trial, moves no answer."""
    rows = draw(rows=900)[0]
    control = np.flatnonzero(~rows.treated)
    treated = np.array_split(np.flatnonzero(rows.treated), 2)
    trials = {
        f"cross_sell:{product}": rows.take(np.sort(np.concatenate([mine, control])))
        for product, mine in zip("ab", treated, strict=True)
    }
    bank = draw(rows=600, seed=1)[0]
    panel = Panel(bank.matrix, bank.outcome, bank.customer + 900, np.zeros(600, bool))
    answered = control[::3]

    def told(changed: np.ndarray) -> np.ndarray:
        """Of the answered, with other outcomes for the customers `changed`."""
        others = {
            name: replace(one, outcome=np.where(np.isin(one.customer, changed), 1 - one.outcome, one.outcome))
            for name, one in trials.items()
        }
        bases = bases_of(dict.fromkeys(others, panel))
        learner = learners_by_action(others, bases, 0)["cross_sell:a"]["odds-learner"]
        trial = others["cross_sell:a"]
        held = np.isin(trial.customer, answered)
        return learner(trial.take(~held), 0).predict(trial.matrix[held])

    as_it_was = told(np.array([], int))
    assert np.array_equal(told(answered), as_it_was)
    assert not np.array_equal(told(treated[1]), as_it_was)  # of the other action, and learned from
