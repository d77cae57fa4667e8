"""The study's table on a small trial drawn with a known uplift."""

from collections import Counter

import numpy as np

from experiments.real.hillstrom.study import OURS, measured, table
from training.uplift.dr_learner import dr_learner
from training.uplift.trial import Floats, Trial
from training.uplift.x_learner import x_learner


def chance(_: Trial, held: Trial, seed: int) -> Floats:
    return np.random.default_rng(seed).random(len(held))


def test_ours_is_ahead_of_a_ranking_at_random() -> None:
    random = np.random.default_rng(0)
    matrix = random.uniform(-1, 1, (600, 3))
    treated = random.random(600) < 0.5
    outcome = (random.random(600) < 0.4 + 0.4 * treated * np.sign(matrix[:, 0])).astype(float)
    trial = Trial(matrix, treated, outcome, np.full(600, 0.5), np.arange(600))
    chosen: Counter[str] = Counter()
    candidates = {"X-learner": x_learner, "DR-learner": dr_learner}
    found = measured(trial, candidates, {"chance": chance}, chosen)
    assert chosen.total() == 5
    assert found[OURS].qini() > found["chance"].qini() + 0.05
    lines = table([found, found], repeats=20).splitlines()
    assert lines[2].startswith(f"| {OURS} |")
    assert lines[2].endswith("|  |")
    assert lines[3].startswith("| chance |")
