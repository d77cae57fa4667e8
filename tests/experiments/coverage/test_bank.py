"""What is logged is drawn from what is known."""

from pathlib import Path

import numpy as np

from experiments.coverage.bank import Known, decided, known_bank, logged


def test_what_cannot_be_offered_is_not_scored_and_never_chosen(known: Known) -> None:
    card = np.array(known.customers["propensity_card"].to_pylist(), dtype=float)
    decisions = decided(known, known.policy())
    assert 0.4 < np.isnan(card).mean() < 0.6
    assert not np.isnan(card[decisions.winner == 1]).any()
    assert (known.alone[1, np.isnan(card)] == 0).all()


def test_outcomes_have_the_rates_of_each_arm(known: Known) -> None:
    decisions = decided(known, known.policy())
    table = logged(known, decisions, np.random.default_rng(0))
    loan = (decisions.winner == 2) & ~decisions.control
    rate, truth = table["accepted"].to_numpy()[loan].mean(), known.contacted[2, loan]
    assert abs(rate - truth.mean()) < 4 * np.sqrt((truth * (1 - truth)).mean() / loan.sum())
    arms = np.where(decisions.control, "control", "treatment")
    np.testing.assert_array_equal(np.array(table["arm"].to_pylist()), arms)


def test_fewer_customers_are_a_draw_of_all(truth: Path, known: Known) -> None:
    few = known_bank(truth, 100)
    assert few.alone.shape == (3, 100)
    assert np.isin(few.alone[2], known.alone[2]).all()
