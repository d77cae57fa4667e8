"""The study's table on a small trial drawn with a known uplift."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from experiments.real.hillstrom.study import ALONE, WITH_VISITS, first_of, kin_of, measured, table
from training.uplift import choose
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
    found = measured(trial, {ALONE: lambda *_: candidates}, {"chance": chance}, chosen)
    assert chosen.total() == 5
    first = measured(trial, {ALONE: first_of(lambda *_: candidates)}, {}, chosen)
    assert chosen["X-learner"] >= 5
    assert chosen.total() == 10
    assert first[ALONE].qini() == pytest.approx(found[ALONE].qini(), abs=0.05)
    assert found[ALONE].qini() > found["chance"].qini() + 0.05
    lines = table([found, found], [ALONE], repeats=20).splitlines()
    assert lines[2].startswith(f"| {ALONE} |")
    assert lines[2].endswith("|  |")
    assert lines[3].startswith("| chance |")


def test_visits_are_told_of_no_customer_who_is_held_back() -> None:
    random = np.random.default_rng(1)
    visits = Trial(
        random.uniform(-1, 1, (400, 2)),
        random.random(400) < 0.5,
        (random.random(400) < 0.4).astype(float),
        np.full(400, 0.5),
        np.arange(400),
    )
    learn = replace(visits, outcome=visits.outcome * (random.random(400) < 0.2)).take(np.arange(300))
    told = kin_of(visits, learn, 0).told
    assert told.trial.customer.tolist() == list(range(300))
    assert (told.trial.outcome == visits.outcome[:300]).all()
    changed = replace(visits, outcome=np.concatenate([visits.outcome[:300], 1 - visits.outcome[300:]]))
    assert (kin_of(changed, learn, 0).told.odds == told.odds).all()
    assert (kin_of(replace(visits, outcome=1 - visits.outcome), learn, 0).told.odds != told.odds).any()


def test_columns_tell_how_far_each_of_ours_is_ahead() -> None:
    random = np.random.default_rng(2)
    trial = Trial(
        random.uniform(-1, 1, (300, 1)),
        random.random(300) < 0.5,
        (random.random(300) < 0.3).astype(float),
        np.full(300, 0.5),
        np.arange(300),
    )
    fold = trial.folds(5, 0)
    names = (ALONE, WITH_VISITS, "response")
    found = {name: choose.Tested(trial, random.random(300), fold) for name in names}
    head, _, *lines = table([found], [ALONE, WITH_VISITS], repeats=20).splitlines()
    assert head == f"| | Qini | {ALONE} ahead by | {WITH_VISITS} ahead by |"
    ahead = [float(cell.split("[")[0]) for cell in lines[2].split("|")[3:5]]
    lead = [1e4 * (found[name].qini() - found["response"].qini()) for name in names[:2]]
    assert ahead == pytest.approx(lead, abs=0.051)
