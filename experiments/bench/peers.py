"""The same rows through the product and through plain LightGBM, CatBoost and XGBoost: quality and seconds.

Over several banks a figure is the mean of the banks'. How far ours is ahead is told with a 95 % interval:
both sides answer for the same drawn customers.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from experiments.bench.learning import dataset
from features.console import print_table
from features.progress import silent
from features.spec import BankSpec
from features.vocabulary import Model
from training.comparisons import with_comparisons
from training.dataset import Dataset
from training.fit import options, threads
from training.heads import learn_heads, predict
from training.intervals import draw_customers, interval
from training.metrics.drawn import Scored, averaged, drawn_metrics

Floats = NDArray[np.float64]

MINIMUM_POSITIVES: Final = 30
FIGURES: Final = {
    Model.CHURN: ("roc_auc", "average_precision", "log_loss", "calibration_error"),
    Model.PROPENSITY: ("map_at_7", "roc_auc", "log_loss", "calibration_error"),
}
COMPARED: Final = 2
"""The first figures of each, in which more is better, are also told as how far ours is ahead."""
DRAWS: Final = 500


@dataclass(frozen=True)
class Measured:
    """A learner on one bank: its figures in each draw of customers, seconds passed, and of all processors."""

    figures: Mapping[str, Floats]
    seconds: float
    of_processors: float


def show(specs: Sequence[BankSpec]) -> None:
    """Print a table a model: each learner's figures on the newest labelled snapshots, and what it took."""
    for model, names in FIGURES.items():
        found: dict[str, list[Measured]] = {name: [] for name in LEARNERS}
        tested = 0
        for place, spec in enumerate(specs):
            data = dataset(spec, model)
            tested += data.rows["test"]
            for name, learner in LEARNERS.items():
                print(f"measuring {model} of bank {place + 1}: {name}", file=sys.stderr, flush=True)
                found[name].append(measured(learner, data))
        rows = table(found, names)
        print_table(f"{model}, banks: {len(specs)}, rows tested: {tested:,}", list(rows[0]), rows)


def measured(learner: Callable[[Dataset], Floats], data: Dataset) -> Measured:
    """What a learner answers of the test rows, one a customer; the draws are the same for every learner."""
    passed, worked = time.perf_counter(), time.process_time()
    scores = learner(data)
    seconds, of_processors = time.perf_counter() - passed, time.process_time() - worked
    customers = np.arange(len(scores))
    scored = Scored(customers, data.test.labels, scores, np.nanmean(data.train.labels, axis=0))
    return Measured(drawn_metrics(scored, draw_customers(len(scores), DRAWS, seed=0)), seconds, of_processors)


def table(found: Mapping[str, Sequence[Measured]], names: Sequence[str]) -> list[dict[str, str]]:
    """A row a learner, the first one ours: means over banks, and how far ours is ahead."""
    ours = next(iter(found))
    return [_row(name, of, found[ours], names, compared=name != ours) for name, of in found.items()]


def _row(
    name: str, of: Sequence[Measured], ours: Sequence[Measured], names: Sequence[str], *, compared: bool
) -> dict[str, str]:
    row = {"learner": name}
    for place, key in enumerate(names):
        _, (theirs, own) = averaged(key, [one.figures for one in of], [one.figures for one in ours])
        row[key] = f"{theirs[0]:.4f}"
        if place < COMPARED:
            ahead = interval(own - theirs)
            told = f"{ahead.value:+.4f} [{ahead.low:.4f}, {ahead.high:.4f}]"
            row[f"ours ahead in {key}"] = told if compared else ""
    seconds, of_processors = sum(one.seconds for one in of), sum(one.of_processors for one in of)
    return row | {"s": f"{seconds:.2f}", "CPU s": f"{of_processors:.2f}"}


def nextbest(data: Dataset) -> Floats:
    """The product: early stopping, calibration, comparisons where they are proven, a second fit on all."""
    data = with_comparisons(data, {}, seed=0).data
    heads = learn_heads(data, options(data.columns, {}, seed=0), MINIMUM_POSITIVES, silent)
    return predict(heads, data.test.matrix)


def plain(make: Callable[[int], Any]) -> Callable[[Dataset], Floats]:
    """A classifier as it comes, one a head, with as many threads as ours; else the base rate."""

    def learn(data: Dataset) -> Floats:
        rows = data.learnt
        scores = np.empty(data.test.labels.shape)
        for place in range(len(data.heads)):
            labels = rows.labels[:, place]
            known = ~np.isnan(labels)
            if min((labels == 1).sum(), (labels == 0).sum()) < MINIMUM_POSITIVES:
                scores[:, place] = labels[known].mean() if known.any() else 0.0
                continue
            model = make(threads(rows.matrix)).fit(rows.matrix[known], labels[known])
            scores[:, place] = np.asarray(model.predict_proba(data.test.matrix))[:, 1]
        return scores

    return learn


def _lightgbm(threads: int) -> Any:
    return lgb.LGBMClassifier(verbosity=-1, n_jobs=threads)


def _catboost(threads: int) -> Any:
    from catboost import CatBoostClassifier  # peers are imported where they run

    return CatBoostClassifier(verbose=False, allow_writing_files=False, thread_count=threads)


def _xgboost(threads: int) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(n_jobs=threads)


LEARNERS: Final[Mapping[str, Callable[[Dataset], Floats]]] = {
    "Nextbest": nextbest,
    "LightGBM defaults": plain(_lightgbm),
    "CatBoost defaults": plain(_catboost),
    "XGBoost defaults": plain(_xgboost),
}
