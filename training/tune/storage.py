"""Where a study is kept: a journal file that any number of processes append to, or a database."""

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import URL, DateTime, bindparam, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random

from features.database_url import with_driver
from features.errors import BadInputError
from features.locking import lock_file
from training.tune.space import OWN_LEAVES

HEARTBEAT_SECONDS, GRACE_SECONDS = 30, 120
"""How often a worker on a database says that it lives, and how long it may be silent."""
RETRY = "retry_of"
GIVEN = "fixed_params"
"""Where Optuna keeps the parameters that a trial was enqueued with."""
RETRIES_MOST = 2
"""Of the same parameters: what kills a worker every time is not tried for ever."""

RECORD = b'{"op_code"'
"""What every line of a journal begins with."""

TAKE = text(
    "UPDATE trials SET state = 'RUNNING', datetime_start = :now WHERE trial_id = :trial AND state = 'WAITING'"
).bindparams(bindparam("now", type_=DateTime()))


class KernelLock(JournalFileOpenLock):
    """A lock that the kernel frees when its holder dies: nobody waits for a killed worker.

    Whoever takes it first cuts off what a killed worker left of a line: no later line is joined to it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._journal = path
        self._held: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Wait for the lock."""
        self._held = lock_file(self._journal.with_name(f"{self._journal.name}.lock"))
        _cut_torn_line(self._journal)
        return True

    def release(self) -> None:
        """Let the next one in."""
        if self._held is not None:
            self._held.close()


class Database(RDBStorage):
    """A database of which a trial that waits is taken by one worker, whatever its locks are worth.

    Optuna looks and then takes, with a row's lock between that SQLite does not know: two took one trial.
    """

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """As Optuna's; False for the one who comes second to take a trial."""
        if state != TrialState.RUNNING:
            return super().set_trial_state_values(trial_id, state, values)
        now = datetime.now().astimezone().replace(tzinfo=None)  # local, as Optuna's
        with self.engine.begin() as connection:
            taken = connection.execute(TAKE, {"trial": trial_id, "now": now})
        return taken.rowcount == 1


def is_journal(storage: str) -> bool:
    """Whether it is a journal's path, not a database's URL."""
    return "://" not in storage


def try_again(study: optuna.Study, trial: FrozenTrial) -> None:
    """Enqueue the parameters of a trial that died with its worker, unless they have died too often."""
    tries = trial.user_attrs.get(RETRY, [])
    if len(tries) < RETRIES_MOST:
        # Of one that was given its parameters and killed before it took them, they are only there.
        given = {**trial.system_attrs.get(GIVEN, {}), **trial.params}
        marks = {OWN_LEAVES: True} if OWN_LEAVES in trial.user_attrs else {}
        study.enqueue_trial(given, user_attrs={**marks, RETRY: [*tries, trial.number]})


def fail_stale(study: optuna.Study) -> None:
    """Fail the trials whose heartbeat has stopped, and try them again; a journal has no heartbeats."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)


def lend_heartbeats(storage: str, name: str) -> None:
    """Give each running trial of a study that has had no heartbeat its first one; a journal has none.

    Optuna fails only hearts that have stopped: what a worker was killed in before the first beat would run
    for ever. Lent one, it counts as silent from now on, by the database's clock; one that lives beats on.
    """
    if is_journal(storage):
        return
    database = open_storage(storage)
    assert isinstance(database, RDBStorage)
    study = database.get_study_id_from_name(name)
    running = database.get_all_trials(study, deepcopy=False, states=(TrialState.RUNNING,))
    with database.engine.connect() as connection:
        beaten = set(connection.scalars(text("SELECT trial_id FROM trial_heartbeats")))
    for trial in running:
        if trial._trial_id not in beaten:
            database.record_heartbeat(trial._trial_id)
    database.remove_session()
    database.engine.dispose()


def open_storage(storage: str) -> BaseStorage:
    """The database of a URL, or the journal of a path.

    Raises BadInputError when it cannot be opened, holds something else or would not outlive the process.
    """
    logging.getLogger("optuna").setLevel(logging.ERROR)  # a failed trial is told of by what is raised
    with _refusing(storage):
        return _journal(Path(storage)) if is_journal(storage) else _database(storage)


def open_study(storage: str, name: str, seed: int = 0) -> optuna.Study:
    """The study of that name, made if there is none yet; `seed` decides what it tries next."""
    with _refusing(storage):
        return optuna.create_study(
            storage=open_storage(storage),
            study_name=name,
            direction="maximize",
            load_if_exists=True,
            sampler=optuna.samplers.TPESampler(seed=seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        )


def _journal(path: Path) -> JournalStorage:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not _is_ours(path):
        raise BadInputError(f"{path} holds something else than a journal of studies; it is left as it is")
    return JournalStorage(JournalFileBackend(str(path), lock_obj=KernelLock(path)))


def _is_ours(path: Path) -> bool:
    """Whether a file is empty or begins as a journal does, be it with what a killed writer left of a line."""
    with path.open("rb") as file:
        begun = file.read(len(RECORD))
    return RECORD.startswith(begun)


def _database(storage: str) -> Database:
    url = _parsed(storage)
    if _in_memory(url):
        raise BadInputError(f"storage {_shown(url)} is in memory, seen by no other process: name a file")
    return _with_tables(with_driver(storage))


def _half_made(error: BaseException) -> bool:
    """Whether another process was making the tables: some were there already, or their first row was."""
    told = str(error.__cause__ or error).lower()
    return any(words in told for words in ("already exists", "unique constraint", "duplicate entry"))


@retry(
    retry=retry_if_exception(_half_made),
    stop=stop_after_attempt(10),
    wait=wait_random(0.1, 0.5),
    reraise=True,
)
def _with_tables(url: str) -> Database:
    """The database, its tables made if there are none yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # Optuna's own callback would keep the dead worker's signature, and count tries apart from ours.
        return Database(
            url,
            heartbeat_interval=HEARTBEAT_SECONDS,
            grace_period=GRACE_SECONDS,
            heartbeat_stale_trial_callback=try_again,
        )


def _in_memory(url: URL) -> bool:
    name = url.database or ":memory:"
    return url.get_backend_name() == "sqlite" and (":memory:" in name or url.query.get("mode") == "memory")


def _parsed(storage: str) -> URL:
    """The URL, whose password is shown to nobody: not even where it is none."""
    try:
        return make_url(storage)
    except (ArgumentError, ValueError):
        scheme = storage.partition("://")[0]
        raise BadInputError(f"storage {scheme}://... cannot be read as a database's URL") from None


def _shown(url: URL) -> str:
    return url.set(query={}).render_as_string(hide_password=True)


@contextmanager
def _refusing(storage: str) -> Iterator[None]:
    """Turn what opening may raise into one line that shows no password."""
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.OptunaError, ImportError, LookupError, ValueError) as error:
        told = str(error.__cause__ or error).partition("\n")[0]
        if is_journal(storage):
            raise BadInputError(f"{storage} is no journal of studies that can be read: {told}") from error
        if isinstance(error, NoSuchModuleError | ImportError):
            told = "no driver for it is installed"
        raise BadInputError(f"storage {_shown(_parsed(storage))} cannot be used: {told}") from error


def _cut_torn_line(journal: Path) -> None:
    with journal.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        if not size:
            return
        file.seek(-1, os.SEEK_END)
        if file.read() == b"\n":
            return
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
