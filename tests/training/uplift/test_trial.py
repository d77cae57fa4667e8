"""A trial's own arithmetic."""

from dataclasses import replace

import numpy as np


def test_folds_keep_a_customer_together(draw) -> None:
    trial, _ = draw(rows=300)
    trial = replace(trial, customer=np.arange(300) // 3)
    folds = trial.folds(5, seed=1)
    assert all(len(set(folds[trial.customer == one])) == 1 for one in range(100))
    assert np.bincount(folds).tolist() == [60] * 5
    assert (folds != trial.folds(5, seed=2)).any()


def test_arm_probability_is_that_of_the_arm_got(draw) -> None:
    trial, _ = draw(rows=50, probability=0.8)
    assert np.allclose(trial.arm_probability, np.where(trial.treated, 0.8, 0.2))


def test_taking_rows_keeps_them_together(draw) -> None:
    trial, _ = draw(rows=50)
    taken = trial.take(trial.treated)
    assert taken.treated.all()
    assert len(taken) == trial.treated.sum()
    assert (taken.matrix == trial.matrix[trial.treated]).all()
    assert (taken.customer == trial.customer[trial.treated]).all()
