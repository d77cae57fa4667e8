"""Figures of groups of contacts against effects that were built into them."""

from dataclasses import replace

import numpy as np
import pytest

from training.selection import selections
from training.slices import ALL, Slice, of
from training.uplift import choose
from training.uplift.slices import effect_slices, selected_by_effect
from training.uplift.trial import Trial

ROWS = 8000


@pytest.fixture(scope="module")
def tested() -> choose.Tested:
    """Contacting moves half of the customers by 0.2, half by -0.1; of one kind twice as much is predicted."""
    random = np.random.default_rng(0)
    good, treated = random.random(ROWS) < 0.5, random.random(ROWS) < 0.3
    effect = np.where(good, 0.2, -0.1)
    outcome = (random.random(ROWS) < 0.4 + treated * effect).astype(float)
    kind = np.where(np.arange(ROWS) % 2 == 0, "true", "twice").astype(object)
    kind[:50] = "few"
    trial = Trial(np.empty((ROWS, 0)), treated, outcome, np.full(ROWS, 0.3), np.arange(ROWS))
    trial = replace(trial, groups={"snapshot": np.full(ROWS, "2024-01-01", dtype=object), "kind": kind})
    told = effect * np.where(kind == "twice", 3.0, 1.0) + random.normal(scale=1e-3, size=ROWS)
    return choose.Tested(trial, told, trial.folds(5, 0))


@pytest.fixture(scope="module")
def found(tested: choose.Tested) -> dict[str, Slice]:
    sliced = effect_slices({"retain": tested}, seed=0)
    assert {one.head for one in sliced} == {"retain"}
    assert [one.group for one in sliced] == ["all", "2024-01-01", "few", "true", "twice"]
    return {one.group: one for one in sliced}


def test_contacts_and_outcomes_are_counted_by_arm(tested: choose.Tested, found: dict[str, Slice]) -> None:
    trial, [treatment, control] = tested.trial, found["true"].arms
    rows = trial.groups["kind"] == "true"
    assert (treatment.name, control.name) == ("treatment", "control")
    assert treatment.rows == (rows & trial.treated).sum()
    assert control.positives == trial.outcome[rows & ~trial.treated].sum()
    assert found["true"].rows == treatment.rows + control.rows == rows.sum()
    assert found["true"].positives == treatment.positives + control.positives


def test_observed_is_what_was_built_in_and_predicted_what_was_said(found: dict[str, Slice]) -> None:
    for group, said in (("true", 0.05), ("twice", 0.15)):
        figures = found[group].figures
        assert figures["average_effect"].low < 0.05 < figures["average_effect"].high
        assert figures["predicted_effect"].value == pytest.approx(said, abs=0.01)
    assert found["true"].figures["effect_gap"].low < 0 < found["true"].figures["effect_gap"].high
    assert found["twice"].figures["effect_gap"].high < 0  # more was said than came


def test_qini_of_everyone_is_the_tests_own_and_of_groups_what_their_order_gains(
    tested: choose.Tested, found: dict[str, Slice]
) -> None:
    assert found["all"].figures["qini"].value == tested.qini()
    # Half gain 0.15 beyond the mean: the curve is a triangle of height 0.075 over a base of 1.
    for group in ("all", "true", "twice"):
        assert found[group].figures["qini"].low < 0.0375 < found[group].figures["qini"].high
        assert found[group].figures["qini"].low > 0.02


def test_who_is_ranked_first_is_told_by_hand_within_each_fold() -> None:
    """Of two folds of a hundred the ten first each: six of forty women, two of forty men, two unknown."""
    sex = np.tile(np.array(["f"] * 40 + ["m"] * 40 + ["unknown"] * 20, dtype=object), 2)
    told = np.zeros(200)
    told[[0, 1, 2, 3, 4, 5, 40, 41, 80, 81]] = 0.1
    told[100:] = told[:100] + 0.5  # another learner's answers: not compared
    even = np.arange(200) % 2 == 0
    trial = Trial(np.empty((200, 0)), even, np.zeros(200), np.full(200, 0.5), np.arange(200))
    tested = choose.Tested(replace(trial, groups={"sex": sex}), told, np.arange(200) // 100)
    women, men = selections(selected_by_effect({"retain": tested}), ("sex",))
    assert (women.head, women.group, women.ratio.value) == ("retain", "f", pytest.approx(3.0))
    assert (men.head, men.group, men.ratio.value) == ("retain", "m", pytest.approx(1 / 3))


def test_few_contacts_are_said_to_be_too_few(found: dict[str, Slice]) -> None:
    assert {group for group, one in found.items() if one.small} == {"few"}


def test_an_arm_with_hardly_an_outcome_is_too_small_however_many_rows(tested: choose.Tested) -> None:
    """Four of the treated stay away: their rate is not known."""
    trial, rare = tested.trial, np.ones(ROWS)
    rare[np.flatnonzero(trial.treated)[:4]] = 0.0
    rare[np.flatnonzero(~trial.treated)[:300]] = 0.0
    [whole] = of(effect_slices({"retain": replace(tested, trial=replace(trial, outcome=rare))}, 0, 20), ALL)
    assert whole.small


def test_a_group_without_one_arm_has_no_effect(tested: choose.Tested) -> None:
    kind = np.where(tested.trial.treated, "treated", "not").astype(object)
    alone = replace(tested, trial=replace(tested.trial, groups={"kind": kind}))
    for one in of(effect_slices({"retain": alone}, seed=0, draws=20), "kind"):
        assert set(one.figures) == {"predicted_effect"}
        assert one.small
