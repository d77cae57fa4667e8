"""Which trial to take: the knee of quality against prediction time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.trial import TrialState

from training.tune.worker import LEAVES, MICROSECONDS, QUALITY

GIVEN_UP_MOST = 0.02
"""Of the best quality, relatively, for speed: as much as a challenger may fall behind."""


@dataclass(frozen=True)
class Candidate:
    """A complete trial: mean quality over the folds, and one thread's prediction time."""

    number: int
    quality: float
    microseconds: float
    leaves: float


def candidates(study: optuna.Study) -> list[Candidate]:
    """The complete trials, in order."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return [
        Candidate(one.number, *(float(one.user_attrs[name]) for name in (QUALITY, MICROSECONDS, LEAVES)))
        for one in complete
    ]


def front(every: Sequence[Candidate]) -> list[Candidate]:
    """Those that no other beats in both, by rising time and quality; of equals the earliest."""
    found: list[Candidate] = []
    for one in sorted(every, key=lambda each: (each.microseconds, -each.quality, each.number)):
        if not found or one.quality > found[-1].quality:
            found.append(one)
    return found


def knee(every: Sequence[Candidate]) -> Candidate:
    """The point of the front farthest above the line between its ends (Das 1999, section 2).

    Both axes are scaled to the front's extent, time by its logarithm. Only what gives up no more than
    `GIVEN_UP_MOST` of the best quality is on it: a very small, poor model would bend it else. Where no point
    lies above the line there is no knee, and the best quality is taken. `every` must not be empty.
    """
    best = max(one.quality for one in every)
    near = [one for one in front(every) if one.quality >= best - GIVEN_UP_MOST * abs(best)]
    if len(near) < 3:
        return near[-1]
    time = _scaled(np.log([max(one.microseconds, 1e-9) for one in near]))
    above = _scaled(np.array([one.quality for one in near])) - time
    place = int(np.argmax(above))
    return near[place] if above[place] > 0 else near[-1]


def _scaled(values: np.ndarray) -> np.ndarray:
    extent = values[-1] - values[0]
    return (values - values[0]) / extent if extent else np.zeros(len(values))
