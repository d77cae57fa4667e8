"""Response ranking, which needs no other package."""

import numpy as np

from experiments.real.hillstrom.rivals import response
from training.uplift.trial import Trial


def test_it_ranks_those_who_respond_first() -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(600, 2))
    outcome = (matrix[:, 0] > 0).astype(float)
    trial = Trial(matrix, random.random(600) < 0.5, outcome, np.full(600, 0.5), np.arange(600))
    scores = response(trial, trial, 0)
    assert scores[matrix[:, 0] > 0.5].min() > scores[matrix[:, 0] < -0.5].max()
