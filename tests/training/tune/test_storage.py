"""A journal survives what a killed writer left; what is no study's is refused in a line and left as it is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import event

from features.errors import BadInputError
from training.tune.storage import Database, lend_heartbeats, open_storage, open_study


def test_a_torn_last_line_is_cut_off_and_nothing_else_lost(tmp_path: Path) -> None:
    journal = tmp_path / "one.journal"
    study = open_study(str(journal), "one")
    study.tell(study.ask(), 1.0)
    with journal.open("ab") as file:
        file.write(b'{"op_code": 4, "worker_')
    again = open_study(str(journal), "one")
    again.tell(again.ask(), 2.0)
    assert [one.value for one in open_study(str(journal), "one").trials] == [1.0, 2.0]


def test_a_url_is_a_database_with_heartbeats(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    study = open_study(url, "one")
    study.optimize(lambda _: 1.0, n_trials=1)
    storage = open_storage(url)
    assert isinstance(storage, RDBStorage)
    assert storage.heartbeat_interval == 30
    assert open_study(url, "one").best_value == 1.0
    storage.remove_session()
    storage.engine.dispose()


def test_studies_live_on_postgresql_and_a_waiting_trial_is_taken_once(postgres: str) -> None:
    study = open_study(postgres, "one")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    study.enqueue_trial({"x": 1.0})
    lend_heartbeats(postgres, "one")
    waiting = study.get_trials(states=(TrialState.WAITING,))[0]._trial_id
    workers = [open_storage(postgres) for _ in range(2)]
    took = [worker.set_trial_state_values(waiting, TrialState.RUNNING) for worker in workers]
    assert sorted(took) == [False, True]
    workers[0].set_trial_state_values(waiting, TrialState.COMPLETE, [2.0])
    again = open_study(postgres, "one")
    assert (len(again.trials), again.best_value) == (3, 2.0)
    for storage in (*workers, study._storage._backend, again._storage._backend):
        storage.remove_session()
        storage.engine.dispose()


@pytest.mark.parametrize("torn", [b"{", b'{"op_code": 0, "worker_'])
def test_a_torn_first_line_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    journal = tmp_path / "one.journal"
    journal.write_bytes(torn)
    study = open_study(str(journal), "one")
    study.tell(study.ask(), 1.0)
    assert open_study(str(journal), "one").best_value == 1.0


@pytest.mark.parametrize("text", ["one line only no newline", "some\ntext\n", '{"a": 1}', '{"op_code": 0}\n'])
def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=r"notes\.txt (holds something else|is no journal)"):
        open_study(str(file), "one")
    assert file.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////nonexistent/x.db", "nonexistent/x.db cannot be used: unable to open database file"),
        ("postgresql://u:secret@127.0.0.1:1/x?password=secret", r"u:\*\*\*@127.0.0.1:1/x cannot be used: "),
        ("foo://u:secret@x", r"storage foo://u:\*\*\*@x cannot be used: no driver for it is installed"),
        ("postgresql://u:x@h:secret/x", r"storage postgresql://\.\.\. cannot be read as a database's URL"),
        ("sqlite://", "in memory, seen by no other process"),
        ("sqlite:///:memory:", "in memory, seen by no other process"),
        ("sqlite:///file:x?mode=memory&uri=true", "in memory, seen by no other process"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_line_without_its_password(url: str, told: str) -> None:
    with pytest.raises(BadInputError, match=told) as caught:
        open_study(url, "one")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_of_two_that_take_a_waiting_trial_of_a_database_at_once_one_gets_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    study = open_study(url, "one")
    study.enqueue_trial({"learning_rate": 0.1})
    first, second = (open_storage(url) for _ in range(2))
    assert isinstance(first, RDBStorage)
    trial = study.trials[0]._trial_id
    taken: list[bool] = []

    def between(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        """The second takes it when the first has looked and is about to."""
        if statement.startswith("UPDATE trials") and not taken:
            taken.append(second.set_trial_state_values(trial, TrialState.RUNNING))

    event.listen(first.engine, "before_cursor_execute", between)
    assert first.set_trial_state_values(trial, TrialState.RUNNING) is False
    assert taken == [True]
    assert study.trials[0].datetime_start is not None


def test_those_that_make_a_databases_tables_at_once_share_it(tmp_path: Path) -> None:
    """One finds what another has made meanwhile: some tables, or their first row."""
    urls = [f"sqlite:///{tmp_path / f'{place}.db'}" for place in range(3) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(open_storage, urls))
    assert [type(one) for one in opened] == [Database] * len(urls)
    assert open_study(urls[0], "one").trials == []
