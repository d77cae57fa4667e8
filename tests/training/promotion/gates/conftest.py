"""A version with a real booster, answers whose truth is known, and cases made of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from features.contract import Calibration, FeatureColumn, Head, ModelContract
from features.promotion_spec import PromotionSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.answers import Answers
from training.card.card import BinFacts, Card, ConceptFacts, ReliabilityFacts, SliceFacts
from training.heads import FittedHead
from training.promotion.gates.case import Case, Side
from training.slices import slices

ROWS = 3000
SAME = Calibration(kind="identity")
COLUMNS = (
    FeatureColumn(name="balance"),
    FeatureColumn(name="visits"),
    FeatureColumn(name="region", categories=("north", "south")),
)

BIN = BinFacts(rows=3000, predicted=0.1, observed=0.1, low=0.09, high=0.11)
TOLD = {
    "concepts": (ConceptFacts(name="balances", share=1.0, features={"balance": 1.0}),),
    "reliability": (ReliabilityFacts(by="all", group="all", bins=(BIN,)),),
    "slices": tuple(
        SliceFacts(by=by, group="x", rows=3000, positives=300, small=False, figures={})
        for by in ("snapshot", "tier", "kind", "sex")
    ),
}
"""What the card tells beside the figures."""


def customers(
    seed: int = 0, shift: float = 0.0, *, rows: int = ROWS, day: date = date(2024, 1, 1)
) -> pa.Table:
    """Features of customers at a day whose balance is moved by `shift` deviations."""
    random = np.random.default_rng(seed)
    region = np.where(random.uniform(size=rows) < 0.5, "north", "south")
    table = {"balance": random.normal(shift, 1, rows), "visits": random.normal(size=rows), "region": region}
    return pa.table(table | {CUSTOMER_ID: np.arange(rows), SNAPSHOT_DATE: pa.array([day] * rows)})


@pytest.fixture(scope="session")
def booster() -> lgb.Booster:
    """Ten trees of four leaves that look at the balance alone: who has little leaves."""
    found, random = customers(), np.random.default_rng(1)
    left = random.uniform(size=ROWS) < 1 / (1 + np.exp(2 + 2 * found["balance"].to_numpy()))
    matrix = np.column_stack([found["balance"].to_numpy(), np.zeros(ROWS), np.zeros(ROWS)])
    names = [column.name for column in COLUMNS]
    settings = {"objective": "binary", "num_leaves": 4, "verbosity": -1, "num_threads": 1}
    return lgb.train(settings, lgb.Dataset(matrix, left.astype(float), feature_name=names), 10)


@pytest.fixture(scope="session")
def side(booster: lgb.Booster, card: Card) -> Side:
    """A whole version, without answers."""
    head = Head(name="churn", booster_file="model.lgb", calibration=SAME, base_rate=0.1, positives=300)
    contract = ModelContract(
        model="churn",
        feature_service="churn-1",
        columns=COLUMNS,
        heads=(head,),
        gap_days=0,
        horizon_days=90,
        train_snapshots=("2023-10-01",),
        fingerprint="f" * 64,
    )
    heads = (FittedHead("churn", booster, SAME, 0.1, 300),)
    told = card.model_copy(update=TOLD)
    return Side(1, contract, heads, told, card.rebuilding.digest, evidence=card.rebuilding.evidence)


@pytest.fixture(scope="session")
def seen() -> Callable[..., pa.Table]:
    """Draw customers."""
    return customers


@pytest.fixture(scope="session")
def answered() -> Callable[..., Answers]:
    """Answers about customers, one row each: what was said, what came true, who belongs to which group."""

    def make(
        labels: np.ndarray, probabilities: np.ndarray, groups: Mapping[str, np.ndarray] | None = None
    ) -> Answers:
        snapshot = np.full(len(labels), "2024-01-01", dtype=object)
        shaped = (labels.astype(float).reshape(-1, 1), probabilities.reshape(-1, 1))
        rates = np.array([labels.mean() if len(labels) else 0.0])
        return Answers(("churn",), np.arange(len(labels)), snapshot, *shaped, rates, groups or {})

    return make


@pytest.fixture(scope="session")
def case_of(side: Side) -> Callable[..., Case]:
    """A challenger before its gates; `limits` is what [promotion] says, the rest the case's."""

    def make(
        challenger: Side = side,
        *,
        answers: Answers | None = None,
        limits: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> Case:
        if answers is not None:
            challenger = replace(challenger, answers=answers)
            given.setdefault("sliced", slices(answers, seed=0))
        return Case(PromotionSpec(**limits or {}), challenger, **given)

    return make
