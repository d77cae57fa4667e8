"""Fixtures of the training room."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from features.spec import BankSpec
from training import registry


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without runs; making one takes MLflow seconds."""
    spec = bank_spec(tmp_path_factory.mktemp("registry"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        registry.open_client(spec).search_experiments()
    return spec.state / "mlflow.db"


@pytest.fixture
def with_database(empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[BankSpec], BankSpec]:
    """Give a bank an MLflow database of its own."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def give(spec: BankSpec) -> BankSpec:
        spec.state.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(empty_database, spec.state / "mlflow.db")
        return spec

    return give


def bank_spec(folder: Path) -> BankSpec:
    """The least a bank can say of itself."""
    return BankSpec(
        folder=folder,
        name="A Bank",
        tables={"customers": {"path": "customers.csv"}},
        snapshots={"dates": (date(2024, 1, 1),)},
    )


@pytest.fixture
def spec(tmp_path: Path, with_database: Callable[[BankSpec], BankSpec]) -> BankSpec:
    """A bank with an empty registry."""
    return with_database(bank_spec(tmp_path))
