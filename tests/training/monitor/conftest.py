"""A model whose truth is known, customers as it sees them, and a bank that goes on after training."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import Calibration, FeatureColumn, Head, ModelContract
from features.layout import Layout, load_layout, partition, save_layout
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.dataset import History
from training.heads import FittedHead
from training.monitor.drift import Before, Moved
from training.monitor.findings import Finding
from training.monitor.model import WatchedModel
from training.monitor.rows import Seen
from training.monitor.verdict import verdict
from training.monitor.watch import Watch
from training.pipeline import train
from training.stored import StoredModel

CUSTOMERS = 1000
TRAINED = [date(2024, month, 1) for month in range(1, 6)]
LATER = [date(2024, 6, 1), date(2024, 7, 1)]
SIGNAL = np.random.default_rng(0).normal(size=CUSTOMERS)
NAMES = ("income", "visits", "region")
DAYS = (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1))


def drawn(seed: int, *, rows: int = 1500, shift: float = 0.0, first: int = 0) -> Seen:
    """Customers whose income is moved by `shift` deviations; the third column is a code."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [random.normal(shift, 1, rows), random.poisson(3, rows), random.integers(0, 4, rows)]
    ).astype(float)
    names = np.arange(first, first + rows).astype(str)
    return Seen(names, matrix, 1 / (1 + np.exp(3 - matrix[:, :1])))


@pytest.fixture(scope="session")
def draw() -> Callable[..., Seen]:
    """Draw customers."""
    return drawn


@pytest.fixture(scope="session")
def before() -> Before:
    """Three alike snapshots of training."""
    return Before(DAYS, tuple(drawn(seed) for seed in range(3)))


@pytest.fixture(scope="session")
def model() -> StoredModel:
    """A model of the three columns, and of one that was empty in training."""
    columns = tuple(
        FeatureColumn(name=name, categories=("a", "b", "c", "d") if name == "region" else None)
        for name in (*NAMES, "empty")
    )
    seen = drawn(9)
    matrix = np.column_stack([seen.matrix, np.full(len(seen.matrix), np.nan)])
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    label = (seen.matrix @ [1, 1, 1] > 7).astype(float)
    names = [column.name for column in columns]
    data = lgb.Dataset(matrix, label, feature_name=names, params=settings)
    same = Calibration(kind="identity")
    head = Head(name="churn", booster_file="m.lgb", calibration=same, base_rate=0.1, positives=100)
    contract = ModelContract(
        model="churn",
        feature_service="churn-1",
        columns=columns,
        heads=(head,),
        gap_days=0,
        horizon_days=30,
        train_snapshots=tuple(map(str, DAYS)),
        fingerprint="f",
    )
    return StoredModel(1, contract, (FittedHead("churn", lgb.train(settings, data, 20), same, 0.1, 100),))


@pytest.fixture
def watched() -> Watch:
    """A bank whose churn model has drifted: nothing is to be learned from that is newer."""
    moved = Moved("income", psi=0.9, usual=0.0, limit=0.25, nulls_before=0.0, nulls_now=float("nan"))
    one = WatchedModel(
        model=Model.CHURN,
        version=3,
        trained=DAYS,
        seen_until=DAYS[-1],
        tested=0.8,
        tested_lift=3.0,
        columns=[moved],
        scores=[],
        test=None,
        estimate_before=None,
        estimate=None,
        retest=None,
        outcomes=[],
        newer=[],
        features_gone=[],
        other_question=None,
        products_gone=[],
        products_unknown=[],
        scores_before=np.array([0.1, 0.2]),
        scores_now=np.array([]),
    )
    findings = [Finding("drift", "churn", "income", "income has drifted", "收入已漂移")]
    return Watch("<b>Bank</b>", date(2024, 6, 1), [], [one], findings, verdict(findings, [], None))


class Store:
    """A signal of every customer; `shift` moves that of the last snapshot, `restated` that of all of them."""

    def __init__(self, shift: float = 0.0, restated: float = 0.0) -> None:
        self.shift, self.restated = shift, restated

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name
        newest = np.array([day == LATER[-1] for day in entities[SNAPSHOT_DATE].to_pylist()])
        values = SIGNAL[entities[CUSTOMER_ID].to_numpy()] + self.shift * newest + self.restated
        return pa.table({"signal": values, "word": ["a"] * len(values)})


@pytest.fixture(scope="session")
def store_of() -> Callable[..., History]:
    """Make a store, of features shifted or restated since training."""
    return Store


def labels(times: float) -> pa.Table:
    """Who left at each snapshot; after training `times` as many as before."""
    random, parts = np.random.default_rng(2), []
    for day in (*TRAINED, *LATER[:1]):
        chance = 1 / (1 + np.exp(2.5 - 1.5 * SIGNAL)) * (times if day in LATER else 1)
        left = random.uniform(size=CUSTOMERS) < chance
        parts.append(
            pa.table({CUSTOMER_ID: np.arange(CUSTOMERS), SNAPSHOT_DATE: [day] * CUSTOMERS, "churned": left})
        )
    return pa.concat_tables(parts)


@pytest.fixture
def trained(
    bank: BankSpec, tmp_path: Path, save_built: Callable[[BankSpec, Layout], None]
) -> Callable[..., BankSpec]:
    """A bank with a champion, two snapshots later."""

    def make(times: float = 1.0, **toml: Any) -> BankSpec:
        folder = bank.folder
        pq.write_table(pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), folder / "customers.parquet")
        pq.write_table(labels(times), folder / "labels.parquet")
        layout = load_layout(bank)
        save_built(bank, layout.model_copy(update={"snapshots": tuple(TRAINED)}))
        assert train(bank, Model.CHURN, store=Store()).promoted
        save_layout(bank.state, layout.model_copy(update={"snapshots": (*TRAINED, *LATER)}))
        for day in (*TRAINED, *LATER):
            path = partition(bank.state, "customer", day)
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), path)
        return bank

    return make
