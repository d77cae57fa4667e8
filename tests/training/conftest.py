"""Fixtures of the training room."""

import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn, ModelContract
from features.fingerprint import fingerprint_data, fingerprint_sources
from features.layout import Feature, Layout, ViewLayout, save_layout
from features.spec import BankSpec, read_spec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training import registry
from training.artifact import TrainedModel, contract_heads
from training.backtest.folds import Past
from training.card.card import Card, PartFacts, Rebuilding
from training.dataset import History, Rows, number_customers
from training.heads import FittedHead


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


CUSTOMERS = 400
DAYS = [date(2024, month, 1) for month in range(1, 8)]
SIGNAL = np.random.default_rng(0).normal(size=CUSTOMERS)
FEATURES = (("signal", "number"), ("word", "text"))


class SignalStore:
    """A signal of every customer, the same at every snapshot."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("churn-")
        values = SIGNAL[entities[CUSTOMER_ID].to_numpy()]
        return pa.table({"signal": values, "word": ["a"] * len(values)})


def labelled(days: Sequence[date] = DAYS) -> pa.Table:
    random = np.random.default_rng(1)
    left = [random.uniform(size=CUSTOMERS) < 1 / (1 + np.exp(1 - 2 * SIGNAL)) for _ in days]
    dates = pa.array(np.repeat(np.array(days, "datetime64[D]"), CUSTOMERS))
    customers = np.tile(np.arange(CUSTOMERS), len(days))
    return pa.table({CUSTOMER_ID: customers, SNAPSHOT_DATE: dates, "churned": np.concatenate(left)})


def save_built(spec: BankSpec, layout: Layout) -> None:
    """Let features count as built of the bank's files as they are."""
    sources = fingerprint_sources(spec, fingerprint_data(spec))
    save_layout(spec.state, layout.model_copy(update={"sources": sources}))


@pytest.fixture(scope="session", name="save_built")
def save_built_of_files() -> Callable[[BankSpec, Layout], None]:
    return save_built


@pytest.fixture
def bank(write_bank: Any, with_database: Callable[[BankSpec], BankSpec]) -> BankSpec:
    """A bank with labels at seven months and features that count as built."""
    tables = {"customers": pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), "labels": labelled()}
    window, days = {"horizon_days": 30}, {"dates": DAYS}
    spec = read_spec(write_bank(tables, snapshots=days, churn={"rule": "labels"}, window=window))
    features = tuple(Feature(name=name, kind=kind) for name, kind in FEATURES)  # type: ignore[arg-type] # literals
    view = ViewLayout(name="customer", description="", for_models=True, features=features)
    given = {"views": (view,), "sensitive": (), "snapshots": tuple(DAYS), "fingerprint": "f" * 64}
    save_built(spec, Layout(customer_id_type="int64", **given))
    return with_database(spec)


@pytest.fixture
def past() -> Past:
    """Its rows as tuning reads them."""
    table = labelled()
    keys = table.select([CUSTOMER_ID, SNAPSHOT_DATE])
    outcome = table["churned"].to_numpy(zero_copy_only=False).astype(float)[:, None]
    matrix = np.column_stack([np.tile(SIGNAL, len(DAYS)), np.full(len(outcome), np.nan)])
    texts = pa.table({"word": ["a"] * len(outcome)})
    return Past(Rows(FEATURES, ("churn",), keys, matrix, texts, outcome), number_customers(keys), "some")


@pytest.fixture
def signal_store() -> History:
    """What the features of `bank` are read from."""
    return SignalStore()


@pytest.fixture(scope="session")
def trained_of() -> Callable[..., TrainedModel]:
    """A model of these heads and of the numbers `names`; what else is given is said of it."""

    def make(
        *heads: FittedHead, model: str = "propensity", names: Sequence[str] = ("a", "b"), **given: Any
    ) -> TrainedModel:
        contract = ModelContract(
            model=model,
            feature_service=f"{model}-1",
            columns=tuple(FeatureColumn(name=name) for name in names),
            heads=contract_heads(heads, {}),
            gap_days=0,
            horizon_days=90,
            train_snapshots=(),
            fingerprint="f" * 64,
        )
        said = {"metrics": {}, "settings": {}, "split": "", "refitted": False, "tested_on": ""}
        return TrainedModel(contract, heads, **{**said, "sample": np.empty((0, len(names))), **given})

    return make


@pytest.fixture(scope="session")
def card() -> Card:
    """Everything that a card has to tell."""
    return Card(
        **dict.fromkeys(("trained_at", "feature_service", "split", "tested_on"), "x"),
        **dict.fromkeys(("version", "features", "gap_days", "horizon_days"), 3),
        model="churn",
        bank="A Bank",
        purpose="To keep customers.",
        owner="Retail analytics",
        trained_by="ada",
        fingerprint="f" * 64,
        refitted=False,
        parts=(PartFacts(part="test", rows=3000, positives=300, snapshots=("2024-01-01",)),),
        heads=(),
        metrics={"roc_auc": 0.8},
        slices=(),
        sensitive=("sex",),
        fairness_share=0.1,
        importance={"balance": 1.0, "visits": 0.0, "region": 0.0},
        concepts=(),
        reliability=(),
        microseconds_a_row=4.5,
        limits=("It is young.",),
        notes=(),
        rebuilding=Rebuilding(
            command="nextbest models BANK rebuild churn --version 3",
            seed=0,
            settings={"learning_rate": 0.1, "monotone_constraints": [0, 1]},
            files={"contract.json": "a" * 64},
            digest="d" * 64,
            evidence={"answers.parquet": "e" * 64},
            revision=None,
            versions={},
        ),
    )
