"""What do reasons cost beside LightGBM's own `pred_contrib`, and do both say the same?"""

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

ROWS = 100_000
"""Explained by ours; `pred_contrib`, in proportion to rows, explains the first of them."""
THEIR_ROWS = 2_000


def measure(spec: BankSpec) -> list[Line]:
    """Churn's contributions, a thread each, the bank's customers repeated up to `ROWS`."""
    layout = load_layout(spec)
    store, model = open_store(spec, layout), load_model(spec, Model.CHURN)
    features = store.historical(store.service_name(DECISION), population(spec, layout, TODAY))
    customers = encode(features, model.contract.columns)
    booster, matrix = model.boosters[CHURN], np.resize(customers, (ROWS, customers.shape[1]))
    ours, theirs = side_by_side(
        lambda: tree_shap.contributions(booster, matrix),
        lambda: _their(booster, matrix[:THEIR_ROWS]),
    )
    apart = np.abs(
        tree_shap.contributions(booster, customers[:THEIR_ROWS]) - _their(booster, customers[:THEIR_ROWS])
    )
    note = f"{ROWS:,} rows, {booster.num_trees()} trees, furthest apart {apart.max():.1e}"
    return [Line("explaining", ROWS / ours, THEIR_ROWS / theirs, "customers/s", "pred_contrib", note)]


def _their(booster: lgb.Booster, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=ONE_THREAD))
