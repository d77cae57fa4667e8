"""What do reasons cost beside LightGBM's own `pred_contrib`, and do both say the same?"""

from time import process_time

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from experiments.bench.board import Line
from experiments.bench.measure import side_by_side
from experiments.bench.subject import TODAY
from features.contract import encode
from features.layout import DECISION, load_layout
from features.spec import BankSpec
from features.store import open_store
from features.vocabulary import CHURN, Model
from serving import tree_shap
from serving.models import ONE_THREAD
from serving.registry import load_model
from serving.scores import population

ROWS = (1_000, 5_000, 20_000, 100_000)
"""Explained by ours; `pred_contrib`, in proportion to rows, explains the first of them."""
THEIR_ROWS = 1_000


def measure(spec: BankSpec) -> list[Line]:
    """Churn's contributions, a thread each, the bank's customers repeated up to each of `ROWS`."""
    layout = load_layout(spec)
    store, model = open_store(spec, layout), load_model(spec, Model.CHURN)
    features = store.historical(store.service_name(DECISION), population(spec, layout, TODAY))
    customers = encode(features, model.contract.columns)
    booster = model.boosters[CHURN]
    some = customers[:THEIR_ROWS]
    apart = np.abs(tree_shap.contributions(booster, some) - _their(booster, some)).max()
    note = f"CPU time, {booster.num_trees()} trees, furthest apart {apart:.1e}"
    return [_line(booster, np.resize(customers, (rows, customers.shape[1])), note) for rows in ROWS]


def _line(booster: lgb.Booster, matrix: NDArray[np.float64], note: str) -> Line:
    rows = len(matrix)
    ours, theirs = side_by_side(
        lambda: tree_shap.contributions(booster, matrix),
        lambda: _their(booster, matrix[:THEIR_ROWS]),
        clock=process_time,
    )
    what = f"explaining {rows:,} customers"
    return Line(what, rows / ours, THEIR_ROWS / theirs, "customers/s", "pred_contrib", note)


def _their(booster: lgb.Booster, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=ONE_THREAD))
