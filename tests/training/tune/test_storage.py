"""A journal survives what a killed writer left."""

from pathlib import Path

from optuna.storages import RDBStorage

from training.tune.storage import open_storage, open_study


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
