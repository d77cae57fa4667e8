"""The web pages of MLflow and Feast: what is started, and where it listens."""

from datetime import date
from pathlib import Path

import pytest

from features.errors import BadInputError
from features.spec import BankSpec, SnapshotSpec, TableSpec
from features.vocabulary import Table
from serving.pages import page_commands


def _spec(folder: Path) -> BankSpec:
    return BankSpec(
        folder=folder,
        name="Test",
        tables={Table.CUSTOMERS: TableSpec(path="customers.csv")},
        snapshots=SnapshotSpec(dates=(date(2024, 1, 1),)),
    )


def test_a_bank_without_models_is_told_to_train_first(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nextbest train"):
        page_commands(_spec(tmp_path), 5000)


def test_both_pages_listen_on_loopback_and_neighbouring_ports(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    (spec.state / "feast").mkdir(parents=True)
    (spec.state / "feast" / "feature_store.yaml").touch()
    (spec.state / "mlflow.db").touch()
    commands = page_commands(spec, 5000)
    for command, port in zip(commands.values(), ("5000", "5001"), strict=True):
        assert command[command.index("--host") + 1] == "127.0.0.1"
        assert command[command.index("--port") + 1] == port
