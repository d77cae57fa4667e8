"""A card's facts about contacts."""

from dataclasses import replace

import numpy as np

from training.card.effects import contact_parts, effect_reliability
from training.uplift import choose
from training.uplift.trial import Trial

RANDOM = np.random.default_rng(0)
ROWS = 1000


def trial(*days: str) -> Trial:
    even = RANDOM.random(ROWS) < 0.5
    groups = {
        "snapshot": np.array(days, dtype=object)[np.arange(ROWS) % len(days)],
        "tier": np.array(["dormant", "unknown"] * (ROWS // 2), dtype=object),
    }
    outcome = (RANDOM.random(ROWS) < 0.5).astype(float)
    return Trial(np.empty((ROWS, 0)), even, outcome, np.full(ROWS, 0.5), np.arange(ROWS), groups=groups)


def test_what_taught_and_what_tested_is_told_with_its_snapshots() -> None:
    retain, card = trial("2024-02-01", "2024-01-01"), trial("2024-03-01")
    tested = {"retain": choose.Tested(retain.take(np.arange(600)), np.zeros(600), np.zeros(600, dtype=int))}
    train, test = contact_parts({"retain": retain, "card": card}, tested)
    assert (train.part, train.rows, test.part, test.rows) == ("train", 2 * ROWS, "test", 600)
    assert train.positives == retain.outcome.sum() + card.outcome.sum()
    assert train.snapshots == ("2024-01-01", "2024-02-01", "2024-03-01")
    assert test.snapshots == ("2024-01-01", "2024-02-01")


def test_reliability_is_everyones_and_each_tiers_by_action() -> None:
    one = choose.Tested(trial("2024-01-01"), RANDOM.random(ROWS), np.zeros(ROWS, dtype=int))
    bare = replace(one, trial=replace(one.trial, groups={}))
    found = effect_reliability({"retain": one, "card": bare}, seed=0)
    told = [(of.head, of.by, of.group, len(of.bins)) for of in found]
    assert told == [("retain", "all", "all", 5), ("retain", "tier", "dormant", 2), ("card", "all", "all", 5)]
    assert sum(bin.rows for bin in found[0].bins) == ROWS
    assert all(bin.low < bin.observed < bin.high for bin in found[0].bins)
