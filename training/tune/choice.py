"""Which trial to take: the knee of quality against prediction time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from features.errors import BadInputError
from training.tune.storage import GIVEN, RETRY
from training.tune.worker import LEAVES, MICROSECONDS, QUALITY

GIVEN_UP_MOST = 0.02
"""Of the best quality, relatively, for speed: as much as a challenger may fall behind."""
SAME = 1e-9
"""Qualities that differ by no more are equal."""

KEPT = "none is chosen and parameters stay as they are: tune again with more customers or snapshots"


@dataclass(frozen=True)
class Candidate:
    """A complete trial: mean quality over the folds, and one thread's prediction time.

    A `start` was given its parameters, the champion's or the defaults, when the study began.
    """

    number: int
    quality: float
    microseconds: float
    leaves: float
    start: bool = False


def candidates(study: optuna.Study) -> list[Candidate]:
    """The complete trials, in order."""
    every = study.get_trials(deepcopy=False)
    return [_candidate(one, every) for one in every if one.state == TrialState.COMPLETE]


def choose(every: Sequence[Candidate], *, best: bool = False) -> Candidate:
    """The knee, or the best quality; but a start that is as good and no larger: the clock alone favours none.

    Raises BadInputError where the trials tell nothing apart. `every` must not be empty.
    """
    learned = [one for one in every if one.leaves]
    idle = max((one.quality for one in every if not one.leaves), default=-np.inf)
    if max((one.quality for one in learned), default=-np.inf) <= idle:
        raise BadInputError(f"no trial of {len(every)} learned to tell more than base rates do; {KEPT}")
    qualities = [one.quality for one in every]
    if len(every) > 1 and max(qualities) - min(qualities) <= SAME:
        raise BadInputError(f"all {len(every)} trials tell equally much; {KEPT}")
    found = max(learned, key=lambda one: one.quality) if best else knee(learned)
    starts = (one for one in learned if one.start and one.leaves <= found.leaves)
    return next((one for one in starts if one.quality >= found.quality - SAME), found)


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


def _candidate(trial: FrozenTrial, every: Sequence[FrozenTrial]) -> Candidate:
    quality, microseconds, leaves = (
        float(trial.user_attrs[name]) for name in (QUALITY, MICROSECONDS, LEAVES)
    )
    return Candidate(trial.number, quality, microseconds, leaves, _given(trial, every))


def _given(trial: FrozenTrial, every: Sequence[FrozenTrial]) -> bool:
    """Whether it was given its parameters; what is tried again as the trial was that died."""
    origin = every[trial.user_attrs.get(RETRY, [trial.number])[0]]
    return GIVEN in origin.system_attrs


def _scaled(values: np.ndarray) -> np.ndarray:
    extent = values[-1] - values[0]
    return (values - values[0]) / extent if extent else np.zeros(len(values))
