"""Trials whose true uplift is known."""

from collections.abc import Callable

import numpy as np
import pytest

from training.uplift.trial import Floats, Trial

Draw = Callable[..., tuple[Trial, Floats]]


@pytest.fixture
def draw() -> Draw:
    """Draw a trial and its true uplift: it depends on the first column, the base rate on the second."""

    def drawn(
        rows: int = 4000, seed: int = 0, probability: float = 0.5, effect: float = 0.3
    ) -> tuple[Trial, Floats]:
        random = np.random.default_rng(seed)
        matrix = random.uniform(-1, 1, (rows, 4))
        treated = random.random(rows) < probability
        base, uplift = 0.4 + 0.2 * matrix[:, 1], effect * np.sign(matrix[:, 0])
        outcome = (random.random(rows) < base + treated * uplift / 2 - ~treated * uplift / 2).astype(float)
        return Trial(matrix, treated, outcome, np.full(rows, probability), np.arange(rows)), uplift

    return drawn
