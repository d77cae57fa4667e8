"""Planted trials are what they claim to be, and over seeds are refused by name, sound ones not."""

import numpy as np
import pytest

from experiments.uplift_refusals import PLANTED, Planted, drawn, planted_lines, refusal, share, sound_lines

SEEDS = range(8)
SURE = [one for one in PLANTED if one.strength in (0.0, 1.0)]


@pytest.mark.parametrize("planted", SURE, ids=lambda one: one.kind)
def test_what_is_planted_is_refused_and_named_whatever_the_seed(planted: Planted) -> None:
    told = [refusal(drawn(2000, seed, planted)) for seed in SEEDS]
    assert [planted.named in one for one in told] == [True] * len(SEEDS)


@pytest.mark.parametrize("contacts", [1, 4])
def test_sound_trials_pass_whatever_the_seed(contacts: int) -> None:
    assert [refusal(drawn(1000, seed, contacts=contacts)) for seed in SEEDS] == [""] * len(SEEDS)


def test_more_treated_than_recorded_is_named() -> None:
    told = [refusal(drawn(1000, seed, PLANTED[1])) for seed in SEEDS]
    assert all("contacts where the recorded assignment probabilities expect" in one for one in told)


def test_what_is_planted_moves_the_odds_of_being_treated_and_nothing_else() -> None:
    sound, lured = drawn(20_000, 0), drawn(20_000, 0, Planted("a feature", 1.0, ""))
    np.testing.assert_array_equal(sound.matrix, lured.matrix)
    np.testing.assert_array_equal(sound.probability, lured.probability)
    high = lured.matrix[:, 2] > 0
    assert sound.treated[high].mean() == pytest.approx(sound.probability[high].mean(), abs=0.02)
    assert lured.treated[high].mean() > sound.probability[high].mean() + 0.1


def test_a_share_has_an_interval() -> None:
    assert share(1, 20) == "0.0500 [0.0089, 0.2361]"


def test_the_tables_have_a_row_each() -> None:
    assert len(list(sound_lines((200,), 2))) == 2 + 2
    assert len(list(planted_lines((200,), 1))) == 2 + len(PLANTED)
