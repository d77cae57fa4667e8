"""Workers as processes of their own; what a worker that dies was trying is tried again by the others."""

import multiprocessing
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.errors import BadInputError
from features.progress import Progress
from features.spec import BankSpec
from features.spill import spill_folder
from features.vocabulary import Model
from training.tune.problem import Folds, tuning_folds
from training.tune.rows import read_rows, write_rows
from training.tune.storage import open_study
from training.tune.worker import Job, finished, reclaim, spent, work

POLL_SECONDS = 0.5
REFUSED = "refused.txt"
"""Beside the rows: what a worker was refused, for the one who started it to say."""


def run_team(job: Job, problem: Folds, workers: int, progress: Progress) -> int:
    """Spend a study's budget; returns how many trials of workers that died were tried again.

    Raises BadInputError when all workers ended without getting anywhere, or one was refused something.
    """

    shown = -1

    def report(done: int) -> None:
        nonlocal shown
        if done != shown:
            progress("trials", min(done, job.trials), job.trials)
        shown = done

    if workers == 1:
        work(job, problem, problem.fixed, after=report)
        return 0
    rows = spill_folder(problem.spec.state)
    write_rows(problem.past, rows)
    retried = 0
    try:
        while True:
            before = finished(open_study(job.storage, job.study))
            failed = _round(job, problem, workers, rows, report)
            study = open_study(job.storage, job.study)
            retried += reclaim(study, job)
            if not failed or spent(study, job.trials):
                return retried
            if finished(study) == before:
                raise BadInputError(
                    f"{job.study}: {failed} workers ended before a single trial did; see above"
                )
    finally:
        shutil.rmtree(rows)


def _round(job: Job, problem: Folds, workers: int, rows: Path, report: Callable[[int], None]) -> int:
    """Start the workers and wait for all; returns how many did not end well."""
    context = multiprocessing.get_context("spawn")  # a fork of threads that learn hangs
    bank, model = problem.spec.model_dump_json(), str(problem.model)
    told = Member(job, bank, model, problem.metric, problem.folds, str(rows), os.getpid())
    team = [context.Process(target=_member, args=(told, number), daemon=True) for number in range(workers)]
    for one in team:
        one.start()
    study = open_study(job.storage, job.study)
    while any(one.is_alive() for one in team):
        for one in team:
            one.join(POLL_SECONDS / workers)
        report(finished(study))
    if (rows / REFUSED).exists():
        raise BadInputError((rows / REFUSED).read_text(encoding="utf-8"))
    return sum(one.exitcode != 0 for one in team)


@dataclass(frozen=True)
class Member:
    """What a worker's process is told: plain values, and where the rows lie."""

    job: Job
    bank: str
    model: str
    metric: str
    folds: int
    rows: str
    parent: int


def _member(told: Member, number: int) -> None:
    """A worker's process; it ends after its trial when the one who started it is gone."""
    spec, past = BankSpec.model_validate_json(told.bank), read_rows(Path(told.rows))
    folds = tuning_folds(past, spec, told.folds)
    problem = Folds(spec, Model(told.model), past, folds, told.metric)
    refused = Path(told.rows) / REFUSED

    def wanted() -> bool:
        return os.getppid() == told.parent and not refused.exists()

    try:
        work(told.job, problem, problem.fixed, number, wanted=wanted)
    except BadInputError as error:
        aside = refused.with_name(f"{number}.partial")
        aside.write_text(str(error), encoding="utf-8")
        aside.replace(refused)
