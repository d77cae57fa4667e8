"""What does training cost over LightGBM alone: retrieval, calibration, evaluation, plots and registration?"""

import lightgbm as lgb
import numpy as np

from experiments.bench.board import Line
from experiments.bench.measure import fastest
from features.layout import load_layout
from features.progress import silent
from features.spec import BankSpec
from features.store import open_store
from features.vocabulary import Model
from serving.registry import load_models
from training.dataset import Dataset, assemble, number_customers
from training.fit import growth_for, options, threads
from training.pipeline import train
from training.reading import read_labels
from training.split import split


def measure(spec: BankSpec) -> list[Line]:
    """Both models, the whole of `train` against as many bare boosting rounds on a matrix in memory."""
    return [_line(spec, model) for model in (Model.CHURN, Model.PROPENSITY)]


def _line(spec: BankSpec, model: Model) -> Line:
    ours = fastest(lambda: train(spec, model, silent), times=2)
    data = dataset(spec, model)
    champion = next(one for one in load_models(spec) if one.name is model)
    rounds = {head: booster.num_trees() for head, booster in champion.boosters.items()}
    theirs = fastest(lambda: _boost(spec, data, rounds), times=1)
    note = f"{len(data.learnt.labels):,} rows, {len(rounds)} boosters, {sum(rounds.values()):,} trees"
    return Line(f"training: {model}", ours, theirs, "s", "lightgbm.train alone", note)


def dataset(spec: BankSpec, model: Model) -> Dataset:
    """What a model of the bank learns from and is tested with."""
    layout = load_layout(spec)
    labels = read_labels(spec, model, layout.snapshots)
    parts = split(labels, spec.window, spec.training.seed)
    store, service = open_store(spec, layout), layout.service_name(model)
    return assemble(
        store, service, layout.model_features(), labels, parts, seed=spec.training.seed, progress=silent
    )


def _boost(spec: BankSpec, data: Dataset, rounds: dict[str, int]) -> None:
    settings = {
        **options(data.columns, spec.training.monotone, spec.training.seed),
        "num_threads": threads(data.learnt.matrix),
    }
    customer = number_customers(data.train.keys)
    for place, head in enumerate(data.heads):
        known = ~np.isnan(data.learnt.labels[:, place])
        if head in rounds:
            matrix, labels = data.learnt.matrix[known], data.learnt.labels[known, place]
            grown = {**growth_for(data.train.labels[:, place], customer), **settings}
            lgb.train(grown, lgb.Dataset(matrix, labels), rounds[head])
