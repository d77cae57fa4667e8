"""What does a score cost over a plain prediction?"""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from experiments.bench.board import Line
from experiments.bench.measure import side_by_side
from experiments.bench.subject import TODAY
from features.contract import encode
from features.layout import DECISION, load_layout
from features.spec import BankSpec
from features.store import open_store
from serving.models import ALL_THREADS, ScoringModel
from serving.registry import load_models
from serving.scores import population, score_table


def measure(spec: BankSpec) -> list[Line]:
    """Every customer with every model's heads, features in memory: encoded, predicted, calibrated."""
    layout = load_layout(spec)
    store, models = open_store(spec, layout), load_models(spec)
    features = store.historical(store.service_name(DECISION), population(spec, layout, TODAY))
    matrices = [encode(features, model.contract.columns) for model in models]
    ours, theirs = side_by_side(
        lambda: score_table(features, models, ALL_THREADS), lambda: _predict(models, matrices)
    )
    boosters = sum(len(model.boosters) for model in models)
    customers = features.num_rows
    note = f"{customers:,} customers, {boosters} boosters, {os.cpu_count()} cores"
    return [
        Line("batch scoring", customers / ours, customers / theirs, "customers/s", "Booster.predict", note)
    ]


def _predict(models: Sequence[ScoringModel], matrices: Sequence[NDArray[np.float64]]) -> None:
    for model, matrix in zip(models, matrices, strict=True):
        for booster in model.boosters.values():
            booster.predict(matrix)
