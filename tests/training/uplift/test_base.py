"""The base learns from whom a learner may see, and is fitted once for them."""

from dataclasses import replace

import numpy as np
import pytest

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


def test_a_rare_outcome_that_nothing_foretells_keeps_few_trees(draw) -> None:
    trial, _ = draw(rows=1500)
    noise = replace(trial, outcome=(np.random.default_rng(3).random(1500) < 0.1).astype(float))
    told = predicted(base_of()(noise, 0), trial.matrix)
    assert told.mean() == pytest.approx(0.1, abs=0.03)
    assert told.std() < 0.02
    assert predicted(base_of()(trial, 0), trial.matrix).std() > 0.08


def test_another_outcome_of_the_same_customers_is_learned_anew(draw) -> None:
    trial, _ = draw(rows=300)
    base = base_of()
    assert base(trial, 0) is base(trial, 0)
    assert base(trial, 0) is not base(replace(trial, outcome=1 - trial.outcome), 0)


def test_what_two_columns_tell_only_together_is_found(draw) -> None:
    trial, _ = draw(rows=6000)
    random = np.random.default_rng(4)
    crossed = np.where(trial.matrix[:, 0] * trial.matrix[:, 1] > 0, 0.7, 0.3)
    together = replace(trial, outcome=(random.random(6000) < crossed).astype(float))
    assert np.corrcoef(predicted(base_of()(together, 0), trial.matrix), crossed)[0, 1] > 0.8


def test_what_columns_tell_one_by_one_is_told_by_stumps(draw) -> None:
    trial, _ = draw(rows=6000)
    random = np.random.default_rng(5)
    summed = 0.5 + 0.2 * np.sign(trial.matrix[:, 0]) + 0.2 * np.sign(trial.matrix[:, 1])
    apart = replace(trial, outcome=(random.random(6000) < summed).astype(float))
    values = base_of()(apart, 0).trees_to_dataframe()
    leaf = values[values["split_feature"].isna()]
    told = leaf["value"].abs().groupby(leaf["tree_index"]).agg(["max", "size"])
    assert told.loc[told["size"] == 2, "max"].sum() > 3 * told.loc[told["size"] > 2, "max"].sum()
