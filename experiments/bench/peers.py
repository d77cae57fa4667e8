"""The same rows through the product and through plain LightGBM, CatBoost and XGBoost: quality and seconds."""

import sys
import time
from collections.abc import Callable, Mapping
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
from training.evaluate import evaluate
from training.fit import options, threads
from training.heads import learn_heads, predict

Floats = NDArray[np.float64]

MINIMUM_POSITIVES: Final = 30
FIGURES: Final = {
    Model.CHURN: ("roc_auc", "average_precision", "log_loss", "calibration_error"),
    Model.PROPENSITY: ("map_at_7", "roc_auc", "log_loss", "calibration_error"),
}


def show(spec: BankSpec) -> None:
    """Print a table a model: each learner's figures on the newest labelled snapshot, and what it took."""
    for model, names in FIGURES.items():
        data = dataset(spec, model)
        rows = []
        for name, learner in LEARNERS.items():
            print(f"measuring {model}: {name}", file=sys.stderr, flush=True)
            rows.append(measured(name, learner, data, names))
        title = f"{model} on {data.rows['test']:,} rows, learnt from {len(data.learnt.labels):,}"
        print_table(title, list(rows[0]), rows)


def measured(
    name: str, learner: Callable[[Dataset], Floats], data: Dataset, names: tuple[str, ...]
) -> dict[str, str]:
    """A learner's row: its figures on the test rows, seconds passed, and seconds of all processors."""
    passed, worked = time.perf_counter(), time.process_time()
    scores = learner(data)
    seconds, of_processors = time.perf_counter() - passed, time.process_time() - worked
    rates = np.nanmean(data.train.labels, axis=0).tolist()
    found = evaluate(data.heads, data.test.labels, scores, rates)
    figures = {key: f"{found[key]:.4f}" for key in names}
    return {"learner": name, **figures, "s": f"{seconds:.2f}", "CPU s": f"{of_processors:.2f}"}


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
