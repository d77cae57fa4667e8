"""A model whose truth is known, and customers as it sees them."""

from collections.abc import Callable
from datetime import date

import lightgbm as lgb
import numpy as np
import pytest

from features.contract import Calibration, FeatureColumn, Head, ModelContract
from features.vocabulary import Model
from training.heads import FittedHead
from training.monitor.drift import Before, Moved
from training.monitor.findings import Finding
from training.monitor.model import WatchedModel
from training.monitor.rows import Seen
from training.monitor.verdict import verdict
from training.monitor.watch import Watch
from training.stored import StoredModel

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
        other_window=None,
        products_gone=[],
        products_unknown=[],
        scores_before=np.array([0.1, 0.2]),
        scores_now=np.array([]),
    )
    findings = [Finding("drift", "churn", "income", "income has drifted", "收入已漂移")]
    return Watch("<b>Bank</b>", date(2024, 6, 1), [], [one], findings, verdict(findings, [], None))
