"""Where a study is kept: a journal file that any number of processes append to, or a database."""

import logging
import os
import warnings
from pathlib import Path
from typing import IO

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from training.locking import lock_file

HEARTBEAT_SECONDS, GRACE_SECONDS = 30, 120
"""How often a worker on a database says that it lives, and how long it may be silent."""


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


def open_storage(storage: str) -> BaseStorage:
    """The database of a URL, or the journal of a path."""
    logging.getLogger("optuna").setLevel(logging.ERROR)  # a failed trial is told of by what is raised
    if "://" not in storage:
        path = Path(storage)
        path.parent.mkdir(parents=True, exist_ok=True)
        return JournalStorage(JournalFileBackend(storage, lock_obj=KernelLock(path)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return RDBStorage(storage, heartbeat_interval=HEARTBEAT_SECONDS, grace_period=GRACE_SECONDS)


def open_study(storage: str, name: str, seed: int = 0) -> optuna.Study:
    """The study of that name, made if there is none yet; `seed` decides what it tries next."""
    return optuna.create_study(
        storage=open_storage(storage),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )


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
