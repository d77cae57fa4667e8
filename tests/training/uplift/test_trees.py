"""The boosters of uplift: sizes, starts and answers."""

import lightgbm as lgb
import numpy as np
import pytest

from training.uplift.trees import Trees, boost, boost_by, predicted
from training.uplift.trial import Floats


def test_it_grows_no_larger_than_told(draw) -> None:
    trial, _ = draw(rows=800)
    booster = boost(trial, trial.outcome, "binary", Trees(leaves=4, rounds=7), seed=0)
    trees = booster.dump_model()["tree_info"]
    assert len(trees) == 7
    assert max(tree["num_leaves"] for tree in trees) <= 4
    assert ((predicted(booster, trial.matrix) > 0) & (predicted(booster, trial.matrix) < 1)).all()


def test_from_a_start_it_tells_only_what_is_to_be_added(draw) -> None:
    trial, _ = draw(rows=4000)
    odds = np.full(len(trial), 1.3)
    target = (np.random.default_rng(0).random(len(trial)) < 1 / (1 + np.exp(-1.3))).astype(float)
    added = boost(trial, target, "binary", Trees(leaves=4, rounds=20), seed=0, start=odds)
    assert added.predict(trial.matrix, raw_score=True).mean() == pytest.approx(0.0, abs=0.1)
    alone = boost(trial, target, "binary", Trees(leaves=4, rounds=20), seed=0)
    assert alone.predict(trial.matrix, raw_score=True).mean() == pytest.approx(1.3, abs=0.1)


def test_boosters_of_several_seeds_are_those_of_each_alone(draw) -> None:
    trial, _ = draw(rows=800)

    def slopes(added: Floats, rows: lgb.Dataset) -> tuple[Floats, Floats]:
        return added - rows.get_label(), np.ones_like(added)

    trees = Trees(leaves=4, rounds=7)
    first, second = (
        booster.predict(trial.matrix) for booster in boost_by(slopes, trial, trees, seeds=(3, 4))
    )
    alone = boost_by(slopes, trial, trees, seeds=(4,))[0]
    np.testing.assert_array_equal(second, alone.predict(trial.matrix))
    assert (first != second).any()
