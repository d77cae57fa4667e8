"""Workers share a study: no trial is lost or doubled, a kill costs only what was running, budgets hold."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from features.errors import BadInputError
from training.tune.space import OWN_LEAVES, SPACE
from training.tune.storage import RETRY, lend_heartbeats, lock_file, open_storage, open_study
from training.tune.worker import WORKER, Job, Tried, finished, reclaim, spent, work

FIXED = {name: 1.0 for name in SPACE if name != "learning_rate"}

PROGRAM = """
import sys, time
from pathlib import Path
from training.tune.worker import Job, Tried, work
from training.tune.space import SPACE
storage, alive, trials, seconds, worker = sys.argv[1:]
class Slow:
    folds = 2
    def attempt(self, fold, parameters):
        time.sleep(float(seconds))
        return Tried(parameters["learning_rate"], 1.0, 1)
fixed = {name: 1.0 for name in SPACE if name != "learning_rate"}
print("ready", flush=True)
while not Path(storage + ".go").exists():
    time.sleep(0.005)
work(Job(storage, "slow", Path(alive), int(trials)), Slow(), fixed, int(worker))
"""


class Peak:
    """Quality falls with the distance of the learning rate from 0.1; the second fold tells the same."""

    folds = 2
    metric = "nearness"

    def __init__(self, leaves: int = 1) -> None:
        self.leaves = leaves
        self.tried: list[tuple[int, float]] = []

    def name(self, fold: int) -> str:
        return f"of day {fold}"

    def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
        rate = parameters["learning_rate"]
        self.tried.append((fold, rate))
        return Tried(-abs(rate - 0.1), 2.0, self.leaves)


class Slow(Peak):
    """A second and a half a trial: longer than a worker may be silent here."""

    folds = 1

    def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
        time.sleep(1.5)
        return super().attempt(fold, parameters)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(str(tmp_path / "slow.journal"), "slow", tmp_path / "alive", trials=12, seed=3)


def start(job: Job, seconds: float, worker: int) -> subprocess.Popen[str]:
    told = [job.storage, str(job.alive), str(job.trials), str(seconds), str(worker)]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *told], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
    return process


def go(job: Job) -> None:
    """Let all that are ready begin at the same moment."""
    Path(f"{job.storage}.go").touch()


def counted(job: Job) -> list[optuna.trial.FrozenTrial]:
    study = open_study(job.storage, job.study)
    return study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))


def test_tuning_comes_near_the_planted_best_and_prunes_what_is_poor(job: Job) -> None:
    problem = Peak()
    job = replace(job, trials=40)
    work(job, problem, FIXED)
    study = open_study(job.storage, job.study)
    assert finished(study) == 40
    assert study.best_params["learning_rate"] == pytest.approx(0.1, abs=0.005)
    pruned = study.get_trials(states=(TrialState.PRUNED,))
    assert pruned
    assert all(list(one.intermediate_values) == [0] for one in pruned)
    assert len(problem.tried) == 2 * 40 - len(pruned)
    assert list(job.alive.iterdir()) == []


def test_the_better_of_two_settings_is_found(job: Job) -> None:
    study = open_study(job.storage, job.study)
    for rate in (0.19, 0.1):
        study.enqueue_trial({"learning_rate": rate})
    work(replace(job, trials=2), Peak(), FIXED)
    assert open_study(job.storage, job.study).best_params == {"learning_rate": 0.1}


def test_a_doubling_of_the_leaves_costs_the_penalty(job: Job) -> None:
    values = []
    for name, leaves in (("small", 8), ("large", 32)):
        one = replace(job, study=name, trials=1, penalty=0.01)
        open_study(one.storage, name).enqueue_trial({"learning_rate": 0.1})
        work(one, Peak(leaves), FIXED)
        values.append(open_study(one.storage, name).best_value)
    assert values[0] - values[1] == pytest.approx(2 * 0.01)


class Undefined(Peak):
    """The second fold tells nothing of anyone."""

    def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
        assert len(self.tried) < 9, "it is tried for ever"
        found = super().attempt(fold, parameters)
        return replace(found, quality=float("nan")) if fold else found


def test_an_undefined_quality_ends_the_work_by_name_and_is_not_tried_for_ever(job: Job) -> None:
    problem = Undefined()
    with pytest.raises(BadInputError, match="nearness less the penalty is nan on fold of day 1"):
        work(job, problem, FIXED)
    assert [fold for fold, _ in problem.tried] == [0, 1]
    assert states(job) == [TrialState.FAIL]


def test_a_second_start_continues_to_the_budget_and_not_beyond(job: Job) -> None:
    work(replace(job, trials=5), Peak(), FIXED)
    first = {one.number: one.params for one in counted(job)}
    problem = Peak()
    work(job, problem, FIXED)
    after = {one.number: one.params for one in counted(job)}
    assert len(after) == 12
    assert first.items() <= after.items()
    assert len({tuple(params.items()) for params in after.values()}) == 12  # none drawn again
    work(job, Peak(), FIXED)
    assert len(counted(job)) == 12


def test_neither_time_nor_wish_left_begins_no_trial(job: Job) -> None:
    work(replace(job, until=time.time() - 1), Peak(), FIXED)
    work(job, Peak(), FIXED, wanted=lambda: False)
    assert counted(job) == []


def test_of_workers_who_took_the_last_trial_at_once_one_gives_up(job: Job) -> None:
    job = replace(job, trials=1)
    study = open_study(job.storage, job.study)
    other = study.ask()  # unseen by the check, before the budget: as if asked at the same moment
    with pytest.MonkeyPatch.context() as patch:
        seen = iter([False, True])
        patch.setattr("training.tune.worker.spent", lambda *_: next(seen))
        work(job, Peak(), FIXED)
    states = [one.state for one in open_study(job.storage, job.study).trials]
    assert states == [TrialState.RUNNING, TrialState.FAIL]
    study.tell(other, 1.0)
    assert spent(study, 1)


def test_two_workers_share_a_study_without_a_lost_or_doubled_trial(job: Job) -> None:
    workers = [start(job, 0.05, worker) for worker in range(2)]
    go(job)
    assert [one.wait(60) for one in workers] == [0, 0]
    done = counted(job)
    assert len(done) == 12
    assert len({one.params["learning_rate"] for one in done}) == 12
    assert len({one.user_attrs["worker"] for one in done}) == 2


def test_a_killed_workers_finished_trials_stay_and_the_running_one_is_tried_again(job: Job) -> None:
    process = start(job, 0.15, 0)
    go(job)
    deadline = time.monotonic() + 60
    while len(counted(job)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = {one.number: (one.params, one.value) for one in counted(job)}
    study = open_study(job.storage, job.study)
    running = study.get_trials(states=(TrialState.RUNNING,))
    assert reclaim(study, job) == len(running)
    assert reclaim(study, job) == 0
    work(job, Peak(), FIXED)
    after = {one.number: one for one in counted(job)}
    assert len(after) == 12
    assert before == {number: (after[number].params, after[number].value) for number in before}
    for one in running:
        again = [trial for trial in after.values() if trial.user_attrs.get(RETRY) == [one.number]]
        assert [trial.params.items() >= one.params.items() for trial in again] == [True]


def test_a_living_workers_trial_is_left_alone_and_poison_is_not_tried_for_ever(job: Job) -> None:
    process = start(job, 5, 0)
    go(job)
    study = open_study(job.storage, job.study)
    deadline = time.monotonic() + 60
    while not study.get_trials(states=(TrialState.RUNNING,)) and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        assert reclaim(study, job) == 0
    finally:
        process.kill()
        process.wait()
    for _ in range(3):
        assert reclaim(study, job) == 1
        if not study.get_trials(states=(TrialState.WAITING,)):
            break
        study.ask()  # and dies
    else:
        pytest.fail("its parameters are tried for ever")


def asked(study: optuna.Study, worker: str | None) -> optuna.Trial:
    """A trial under way in a worker of that name; None: it has not signed yet."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Heartbeat of storage")  # given by hand here
        trial = study.ask()
    trial.suggest_float("learning_rate", 0.02, 0.2, log=True)
    if worker:
        trial.set_user_attr(WORKER, worker)
    return trial


def states(job: Job) -> list[TrialState]:
    return [one.state for one in open_study(job.storage, job.study).trials]


def test_on_a_journal_the_lock_alone_tells_who_lives_whatever_the_machine_is_called(job: Job) -> None:
    study = open_study(job.storage, job.study)
    for worker in ("gone-1", "there-2"):
        asked(study, worker)
    job.alive.mkdir()
    with closing(lock_file(job.alive / "there-2")):
        assert reclaim(study, job) == 1
    assert states(job) == [TrialState.FAIL, TrialState.RUNNING, TrialState.WAITING]
    assert not spent(study, 2)


@pytest.fixture
def shared(job: Job, tmp_path: Path) -> Job:
    """The same study on a database."""
    return replace(job, storage=f"sqlite:///{tmp_path / 'studies.db'}")


def test_on_a_database_only_workers_of_this_very_machine_are_judged_by_their_lock(
    shared: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "rack-worker1")
    study = open_study(shared.storage, shared.study)
    shared.alive.mkdir()
    (
        shared.alive / "rack-worker1-3"
    ).touch()  # left by a killed worker; one in another folder leaves it there
    for worker in ("rack-worker10-1", "rack-2", "rack-worker1-3", "rack-worker1-4", None):
        asked(study, worker)
    assert reclaim(study, shared) == 1
    running, failed, waiting = TrialState.RUNNING, TrialState.FAIL, TrialState.WAITING
    assert states(shared) == [running, running, failed, running, running, waiting]


def test_on_a_database_a_trial_whose_heart_has_stopped_is_tried_again(shared: Job, tmp_path: Path) -> None:
    study = open_study(shared.storage, shared.study)
    dead, alive = (asked(study, f"elsewhere-{place}") for place in range(2))
    storage = open_storage(shared.storage)
    assert isinstance(storage, RDBStorage)
    for one in (dead, alive):
        storage.record_heartbeat(one._trial_id)
    with closing(sqlite3.connect(tmp_path / "studies.db")) as database, database:
        database.execute("UPDATE trial_heartbeats SET heartbeat = '2020-01-01' WHERE trial_id = 1")
    assert reclaim(study, shared) == 1
    assert states(shared) == [TrialState.FAIL, TrialState.RUNNING, TrialState.WAITING]
    again = asked(study, "here-1")
    assert again.params == dead.params
    assert again.user_attrs[RETRY] == [dead.number]


KILLED = """
import os, signal, sys
from pathlib import Path
from optuna.storages import RDBStorage
from training.tune.space import SPACE
from training.tune.worker import Job, work
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
RDBStorage.record_heartbeat = die
RDBStorage.set_trial_user_attr = die
work(Job(sys.argv[1], "slow", Path(sys.argv[2]), 12), None, {})
"""
"""Killed as soon as it has a trial: neither signed nor with a heartbeat."""


def test_on_a_database_a_worker_killed_before_its_first_heartbeat_loses_no_trial(
    shared: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.tune.storage.GRACE_SECONDS", 1)
    study = open_study(shared.storage, shared.study)
    study.enqueue_trial({"learning_rate": 0.1})
    died = subprocess.run([sys.executable, "-c", KILLED, shared.storage, str(shared.alive)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert states(shared) == [TrialState.RUNNING]
    assert reclaim(study, shared) == 0  # it may live: nobody can tell yet
    time.sleep(2.5)  # the database counts whole seconds
    lend_heartbeats(shared.storage, shared.study)  # no second time
    assert reclaim(study, shared) == 1
    assert states(shared) == [TrialState.FAIL, TrialState.WAITING]
    work(replace(shared, trials=1), Peak(), FIXED)
    assert [one.params for one in counted(shared)] == [{"learning_rate": 0.1}]


def test_workers_take_up_what_was_killed_beside_them(shared: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.tune.storage.GRACE_SECONDS", 1)
    asked(open_study(shared.storage, shared.study), None)
    work(replace(shared, trials=4), Slow(), FIXED)
    assert TrialState.RUNNING not in states(shared)
    assert [RETRY in one.user_attrs for one in counted(shared)].count(True) == 1


class Given(Peak):
    """It remembers all that it was asked to try."""

    def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
        self.given = dict(parameters)
        return super().attempt(fold, parameters)


@pytest.mark.parametrize("took", [True, False], ids=["took", "not yet"])
@pytest.mark.parametrize("kind", ["journal", "database"])
def test_leaves_of_each_head_are_so_also_where_a_trial_is_tried_again(
    job: Job, shared: Job, kind: str, took: bool
) -> None:
    one = replace(job if kind == "journal" else shared, trials=1)
    study = open_study(one.storage, one.study)
    study.enqueue_trial({"learning_rate": 0.1, "num_leaves": 9}, user_attrs={OWN_LEAVES: True})
    one.alive.mkdir()
    (one.alive / f"{socket.gethostname()}-1").touch()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Heartbeat of storage")
        trial = study.ask()
    trial.set_user_attr(WORKER, f"{socket.gethostname()}-1")
    if took:
        trial.suggest_int("num_leaves", 4, 63, log=True)
    assert reclaim(study, one) == 1
    problem = Given()
    work(one, problem, {name: value for name, value in FIXED.items() if name != "num_leaves"})
    assert "num_leaves" not in problem.given
    [again] = counted(one)
    assert (again.number, again.params["num_leaves"]) == (1, 9)


@pytest.mark.parametrize("state", [TrialState.COMPLETE, TrialState.FAIL])
def test_a_trial_told_by_another_is_left_to_it_and_the_worker_goes_on(
    job: Job, shared: Job, state: TrialState
) -> None:
    class Overtaken(Peak):
        def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
            if not self.tried:
                told = 7.0 if state == TrialState.COMPLETE else None
                open_study(one.storage, one.study).tell(0, told, state)
            return super().attempt(fold, parameters)

    for one in (replace(job, trials=3), replace(shared, trials=3)):
        work(one, Overtaken(), FIXED)
        study = open_study(one.storage, one.study)
        assert (study.trials[0].state, finished(study)) == (state, 3)
        assert study.trials[0].value == (7.0 if state == TrialState.COMPLETE else None)


def test_a_problems_own_mistake_is_not_taken_for_anothers_word(job: Job) -> None:
    class Broken(Peak):
        def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
            raise ValueError(f"{len(parameters)} are too many for fold {fold}")

    with pytest.raises(ValueError, match="7 are too many for fold 0"):
        work(job, Broken(), FIXED)


def test_of_starts_at_once_one_takes_up_what_a_dead_worker_left(job: Job) -> None:
    asked(open_study(job.storage, job.study), "gone-1")
    job.alive.mkdir()
    together = Barrier(4)

    def take(_: int) -> int:
        study = open_study(job.storage, job.study)
        together.wait()
        return reclaim(study, job)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [0, 0, 0, 1]
    assert states(job) == [TrialState.FAIL, TrialState.WAITING]


def test_nothing_is_taken_up_while_another_start_begins(job: Job) -> None:
    asked(open_study(job.storage, job.study), "gone-1")
    job.alive.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with closing(lock_file(job.start)):
            taken = pool.submit(lambda: reclaim(open_study(job.storage, job.study), job))
            with pytest.raises(TimeoutError):
                taken.result(timeout=0.5)
            assert states(job) == [TrialState.RUNNING]
        assert taken.result(timeout=60) == 1


def test_a_worker_that_ends_while_it_is_judged_keeps_its_trial(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_study(job.storage, job.study)
    trial = asked(study, "ending-1")

    def ends(_: Path) -> bool:
        """It tells and gives up its lock just before that is looked at."""
        open_study(job.storage, job.study).tell(trial.number, 1.0)
        return False

    monkeypatch.setattr("training.tune.worker._holds", ends)
    job.alive.mkdir()
    assert reclaim(study, job) == 0
    assert states(job) == [TrialState.COMPLETE]
