"""Tuning: trials of parameters on a backtest's folds, by any number of workers, that no kill loses."""

import hashlib
import json
import math
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import optuna

from features.errors import BadInputError
from features.layout import Layout
from features.locking import lock_file
from features.progress import Progress, silent
from features.spec import BankSpec
from features.vocabulary import SNAPSHOT_DATE, Model
from training import registry
from training.asked import require_least
from training.backtest.folds import read_past
from training.dataset import History
from training.reading import current_layout, open_history
from training.tune.choice import Candidate, candidates, choose
from training.tune.problem import Folds, left_for_training, metrics_of, tuning_folds
from training.tune.space import EACH_HEADS_OWN, Start, fitted_with, start_from
from training.tune.storage import is_journal, open_storage, open_study
from training.tune.team import run_team
from training.tune.worker import Job, finished, reclaim
from training.tuned import tune_folder

FOLDS, PENALTY = 3, 0.001


@dataclass(frozen=True)
class Wanted:
    """What is asked of tuning.

    It ends after so many `trials`, of all starts together, or so many `minutes` of this one. `metric` None is
    the model's first of `metrics_of`; `storage` None a journal beside the bank. `penalty`: the quality that a
    doubling of the leaves must bring. `best` takes the best quality in place of the knee.

    Raises BadInputError for what cannot be asked.
    """

    trials: int = 50
    minutes: float | None = None
    workers: int = 1
    storage: str | None = None
    metric: str | None = None
    folds: int = FOLDS
    penalty: float = PENALTY
    best: bool = False

    def __post_init__(self) -> None:
        require_least(1, trials=self.trials, workers=self.workers, folds=self.folds)
        if self.minutes is not None and not self.minutes > 0:
            raise BadInputError(f"minutes: expected more than 0, got {self.minutes}")
        if not (math.isfinite(self.penalty) and self.penalty >= 0):
            raise BadInputError(f"penalty: expected a number of at least 0, got {self.penalty}")


@dataclass(frozen=True)
class TuneResult:
    """The study as it stands, and the trial chosen of it.

    `asked` trials were asked for, `earlier` finished before this start; `retried` ran in workers that died.

    Of `parameters` num_leaves is missing where it is left to each head. `folds` names what it was tested on,
    `left` what is left for training to test on; `snapshots` are all that there was.
    """

    study: optuna.Study
    metric: str
    chosen: Candidate
    parameters: Mapping[str, float]
    asked: int
    earlier: int
    retried: int
    folds: tuple[str, ...]
    left: str
    snapshots: tuple[date, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "study": self.study.study_name,
            "metric": self.metric,
            "trials": finished(self.study),
            "complete": len(candidates(self.study)),
            "earlier": self.earlier,
            "retried": self.retried,
            "folds": self.folds,
            "left": self.left,
            "chosen": asdict(self.chosen),
            "parameters": dict(self.parameters),
        }

    def flat(self) -> dict[str, Any]:
        """The choice, a line a figure."""
        counts = {
            "trials": finished(self.study),
            "complete": len(candidates(self.study)),
            "retried": self.retried,
        }
        figures = {self.metric: self.chosen.quality, "microseconds_a_row": self.chosen.microseconds}
        parameters = {"num_leaves": EACH_HEADS_OWN, **self.parameters}
        return {**counts, **figures, "leaves": self.chosen.leaves, **parameters}


def tune(
    spec: BankSpec, model: Model, wanted: Wanted, progress: Progress = silent, store: History | None = None
) -> TuneResult:
    """Try parameters until the budget is spent; a study of the same data and settings is continued.

    Raises BadInputError when there is nothing to tune on, the storage cannot be used, no trial is complete
    within the budget, or trials tell nothing apart.
    """
    metric = _metric(spec, model, wanted)
    if wanted.storage:
        open_storage(wanted.storage)  # before anything is read: refused in a second, and nothing left beside
    layout = current_layout(spec)
    past = read_past(spec, model, layout, store or open_history(spec, layout), progress)
    problem = Folds(spec, model, past, tuning_folds(past, spec, wanted.folds), metric)
    job = _job(problem, layout, wanted)
    with closing(lock_file(job.start)):
        _begin(job, problem)
    study = open_study(job.storage, job.study)
    earlier, retried = finished(study), reclaim(study, job)
    retried += run_team(job, problem, wanted.workers, progress)
    study = open_study(job.storage, job.study)
    every = candidates(study)
    if not every:
        raise BadInputError(f"{job.study}: no trial is complete; give more trials or minutes")
    chosen = choose(every, best=wanted.best)
    parameters = {**fitted_with(study.trials[chosen.number]), **spec.training.parameters.given()}
    return TuneResult(
        study=study,
        metric=metric,
        chosen=chosen,
        parameters=parameters,
        asked=wanted.trials,
        earlier=earlier,
        retried=retried,
        folds=tuple(fold.name for fold in problem.tested),
        left=left_for_training(past, spec),
        snapshots=tuple(sorted(past.rows.keys[SNAPSHOT_DATE].unique().to_pylist())),
    )


def _metric(spec: BankSpec, model: Model, wanted: Wanted) -> str:
    """The metric asked for, or the model's first.

    Raises BadInputError for one that says nothing of the model.
    """
    heads = len(spec.products) if model is Model.PROPENSITY else 1
    known = metrics_of(model, heads)
    if wanted.metric and wanted.metric not in known:
        of = f"{model} of {heads} product" if model is Model.PROPENSITY else model
        raise BadInputError(f"{of} is tuned by {' or '.join(known)}, not by {wanted.metric}")
    return wanted.metric or known[0]


def _job(problem: Folds, layout: Layout, wanted: Wanted) -> Job:
    """The study of this data and these settings: another's trials would not compare."""
    spec = problem.spec
    told = {
        "defaults": problem.defaults,
        "growth": problem.growth,
        "training": spec.training.model_dump(mode="json"),
        "window": spec.window.model_dump(),
        "data": layout.fingerprint,
        "service": layout.service_name(problem.model),
        "folds": [fold.name for fold in problem.tested],
        "left": left_for_training(problem.past, spec),
        "asked": [problem.metric, wanted.penalty],
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]
    name = f"{problem.model}-{digest}"
    storage = wanted.storage or str(tune_folder(spec) / f"{name}.journal")
    # Whoever shares a journal sees the locks beside it; workers on a database have heartbeats.
    folder = Path(storage).parent if is_journal(storage) else tune_folder(spec)
    folder.mkdir(parents=True, exist_ok=True)
    return Job(
        storage=storage,
        study=name,
        alive=folder / f"{name}.workers",
        trials=wanted.trials,
        until=time.time() + wanted.minutes * 60 if wanted.minutes else math.inf,
        penalty=wanted.penalty,
        seed=spec.training.seed,
    )


def _begin(job: Job, problem: Folds) -> None:
    """Begin a new study with the champion's parameters and the defaults."""
    study = open_study(job.storage, job.study)
    if not study.trials:
        for start in _starts(problem):
            study.enqueue_trial(start.parameters, user_attrs=start.marks)


def _starts(problem: Folds) -> list[Start]:
    """The champion's parameters, if there is one, and the defaults, unless they are the same."""
    known: list[Mapping[str, Any]] = [problem.defaults]
    champion = registry.champion_version(problem.spec, problem.model)
    if champion is not None:
        version = registry.show_model(problem.spec, problem.model, champion).version
        known.insert(0, {**problem.defaults, **version.parameters})
    most = max(one["num_leaves"] for one in problem.growth)
    starts = [start_from(one, problem.fixed, most) for one in known]
    return [one for place, one in enumerate(starts) if one not in starts[:place]]
