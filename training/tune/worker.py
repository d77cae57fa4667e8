"""One worker of a study: asks for parameters, tries them fold by fold, and tells; any number may do so."""

import math
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from features.errors import BadInputError
from features.locking import lock_file
from training.tune.space import suggest
from training.tune.storage import fail_stale, is_journal, lend_heartbeats, open_study, try_again

WORKER, QUALITY, MICROSECONDS, LEAVES = "worker", "quality", "microseconds_a_row", "leaves"
DONE = (TrialState.COMPLETE, TrialState.PRUNED)


class BeyondBudgetError(Exception):
    """Another worker took the last trial at the same moment."""


@dataclass(frozen=True)
class Tried:
    """Parameters on one fold: higher quality is better; one thread's microseconds; leaves of all trees."""

    quality: float
    microseconds: float
    leaves: int


class Problem(Protocol):
    """What is tuned."""

    @property
    def folds(self) -> int:
        """How many folds there are."""
        ...

    @property
    def metric(self) -> str:
        """What quality is called."""
        ...

    def name(self, fold: int) -> str:
        """What a fold is called."""
        ...

    def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
        """Fit and test on one fold."""
        ...


@dataclass(frozen=True)
class Job:
    """A study and how far to take it.

    `storage` is a journal's path or a database's URL; in the folder `alive` workers show that they live, all
    of a journal's in one.
    `trials` counts those complete or pruned, of all workers and starts together; `until` is in seconds since
    the epoch. `penalty` is the quality that a doubling of the leaves must bring.
    """

    storage: str
    study: str
    alive: Path
    trials: int
    until: float = math.inf
    penalty: float = 0.0
    seed: int = 0

    @property
    def start(self) -> Path:
        """The lock of whoever begins the study, or takes up what dead workers left."""
        return self.alive.with_suffix(".start")


def work(
    job: Job,
    problem: Problem,
    fixed: Mapping[str, float],
    worker: int = 0,
    *,
    wanted: Callable[[], bool] = lambda: True,
    after: Callable[[int], None] = lambda _: None,
) -> None:
    """Try parameters until the budget is spent, or no longer wanted; `after` hears how many are done.

    Raises BadInputError where a quality is undefined: Optuna fails such a trial, and would ask for ever.
    """
    me = f"{socket.gethostname()}-{uuid.uuid4().hex}"
    job.alive.mkdir(parents=True, exist_ok=True)
    with closing(lock_file(job.alive / me)):
        study = open_study(job.storage, job.study)
        # A start that continues must not draw the same numbers again.
        study = open_study(job.storage, job.study, job.seed + 1000 * worker + len(study.trials))
        objective = _objective(job, problem, fixed, me)
        while wanted() and time.time() < job.until and not spent(study, job.trials):
            lend_heartbeats(job.storage, job.study)
            _try_one(study, objective)
            after(finished(study))
    (job.alive / me).unlink()


def _try_one(study: optuna.Study, objective: Callable[[optuna.Trial], float]) -> None:
    """Try one trial; what another has told of it meanwhile stands, who took its heart for stopped, say."""
    try:
        study.optimize(objective, n_trials=1, catch=(BeyondBudgetError,))
    except ValueError as error:
        if not str(error).startswith("Cannot tell a "):
            raise


def finished(study: optuna.Study) -> int:
    """How many trials are complete or pruned."""
    return len(study.get_trials(deepcopy=False, states=DONE))


def spent(study: optuna.Study, trials: int) -> bool:
    """Whether as many trials as wanted are done or under way."""
    return len(study.get_trials(deepcopy=False, states=(*DONE, TrialState.RUNNING))) >= trials


def reclaim(study: optuna.Study, job: Job) -> int:
    """Fail the running trials of dead workers, and try their parameters again; returns how many there were.

    One start at a time does so. A journal's workers live as long as they hold their lock, whatever machine
    they call their own; those of a database whose lock is not to be seen here as long as their heart beats.
    """
    with closing(lock_file(job.start)):
        running = _running(study)
        dead = {one.number for one in running if _dead(one, job)}
        # Who ended well since then has told first, and given up the lock afterwards.
        for one in _running(study):
            if one.number in dead:
                study.tell(one.number, state=TrialState.FAIL)
                try_again(study, one)
        fail_stale(study)
        lend_heartbeats(job.storage, job.study)
    failed = {one.number for one in study.get_trials(deepcopy=False, states=(TrialState.FAIL,))}
    return sum(one.number in failed for one in running)


def _running(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))


def _dead(trial: FrozenTrial, job: Job) -> bool:
    me = trial.user_attrs.get(WORKER)
    if is_journal(job.storage):
        if me is None:  # killed between asking and signing, unless someone is about to sign
            return not any(_holds(one) for one in job.alive.glob("*"))
        return not _holds(job.alive / me)
    # Without its lock's file it is of another folder: who is killed leaves the file.
    here = me is not None and me.rpartition("-")[0] == socket.gethostname() and (job.alive / me).exists()
    return here and not _holds(job.alive / str(me))


def _holds(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        lock_file(lock, wait=False).close()
    except BlockingIOError:
        return True
    return False


def _objective(
    job: Job, problem: Problem, fixed: Mapping[str, float], me: str
) -> Callable[[optuna.Trial], float]:
    def objective(trial: optuna.Trial) -> float:
        trial.set_user_attr(WORKER, me)
        if _before(trial) >= job.trials:
            raise BeyondBudgetError
        parameters = suggest(trial, fixed)
        tried: list[Tried] = []
        for fold in range(problem.folds):
            tried.append(problem.attempt(fold, parameters))
            trial.report(_defined(_value(tried, job.penalty), problem, fold), fold)
            if fold + 1 < problem.folds and trial.should_prune():
                raise optuna.TrialPruned
        for name, values in (
            (QUALITY, [one.quality for one in tried]),
            (MICROSECONDS, [one.microseconds for one in tried]),
            (LEAVES, [one.leaves for one in tried]),
        ):
            trial.set_user_attr(name, float(np.mean(values)))
        return _value(tried, job.penalty)

    return objective


def _defined(value: float, problem: Problem, fold: int) -> float:
    if not math.isfinite(value):
        raise BadInputError(f"{problem.metric} less the penalty is {value} on fold {problem.name(fold)}")
    return value


def _before(trial: optuna.Trial) -> int:
    """How many trials that count came before this one: the same for every worker, whoever was faster."""
    every = trial.study.get_trials(deepcopy=False)
    return sum(one.number < trial.number and one.state != TrialState.FAIL for one in every)


def _value(tried: list[Tried], penalty: float) -> float:
    """Mean quality less the penalty for size: by doublings, since serving time rises in proportion."""
    leaves = max(float(np.mean([one.leaves for one in tried])), 1.0)
    return float(np.mean([one.quality for one in tried]) - penalty * math.log2(leaves))
