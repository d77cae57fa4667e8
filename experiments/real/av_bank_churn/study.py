"""Does the product's own training find leavers as well as other learners do with their defaults?

python -m experiments.real.av_bank_churn.study WORK

WORK holds the bank that experiments.real.av_bank_churn.run made. All learn from the same rows and features,
split as training splits them; a learner that neither stops early nor calibrates has the rows for that too.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from experiments.real.labelled import labelled, learnt_from, own_splits
from experiments.real.path import errors_told
from experiments.real.repeats import table
from features.console import progress_bar
from features.progress import silent
from features.spec import read_spec
from features.vocabulary import Model
from training.comparisons import with_comparisons
from training.dataset import Dataset
from training.fit import options
from training.heads import fit_heads, predict, refit
from training.metrics.discrimination import average_precision, roc_auc

Floats = NDArray[np.float64]
Learner = Callable[[Dataset], Floats]
"""Learns from a data set's training and calibration rows and scores its test rows, shape (rows,)."""

MINIMUM_POSITIVES = 30


def nextbest_tested(data: Dataset) -> Floats:
    """The product as it tests itself: 60 % of the rows to learn from."""
    data = with_comparisons(data, {}, seed=0).data
    heads = fit_heads(data, options(data.columns, {}, seed=0), MINIMUM_POSITIVES, silent)
    return predict(heads, data.test.matrix)[:, 0]


def nextbest_served(data: Dataset) -> Floats:
    """The product as it serves: learnt again from all rows but, here, those of the test."""
    data = with_comparisons(data, {}, seed=0).data
    settings = options(data.columns, {}, seed=0)
    heads = fit_heads(data, settings, MINIMUM_POSITIVES, silent)
    heads = refit(heads, learnt_from(data), data.columns, settings, silent)
    return predict(heads, data.test.matrix)[:, 0]


def lightgbm_defaults(data: Dataset) -> Floats:
    """100 rounds of LightGBM as it comes."""
    rows = learnt_from(data)
    model = lgb.LGBMClassifier(verbosity=-1).fit(
        rows.matrix, rows.labels[:, 0], categorical_feature=_categorical(data)
    )
    return np.asarray(model.predict_proba(data.test.matrix))[:, 1]


def catboost_defaults(data: Dataset) -> Floats:
    """CatBoost as it comes, texts as numbered categories."""
    from catboost import CatBoostClassifier  # a second to import, and not needed by whoever reads this module

    rows = learnt_from(data)
    model = CatBoostClassifier(verbose=False, allow_writing_files=False)
    model.fit(rows.matrix, rows.labels[:, 0])
    return np.asarray(model.predict_proba(data.test.matrix))[:, 1]


LEARNERS: Final[Mapping[str, Learner]] = {
    "Nextbest, as served": nextbest_served,
    "Nextbest, as tested": nextbest_tested,
    "LightGBM defaults": lightgbm_defaults,
    "CatBoost defaults": catboost_defaults,
}
METRICS: Final = {"ROC-AUC": roc_auc, "average precision": average_precision}


def _categorical(data: Dataset) -> list[int]:
    return [place for place, column in enumerate(data.columns) if column.categories is not None]


@click.command()
@click.argument("work", type=click.Path(exists=True, path_type=Path))
@click.option("--repeats", default=5, show_default=True)
def main(work: Path, repeats: int) -> None:
    """Print every learner's ROC-AUC and average precision over repeated splits of the labelled customers."""
    measured: dict[str, dict[str, list[float]]] = {
        metric: {name: [] for name in LEARNERS} for metric in METRICS
    }
    with errors_told(), progress_bar(sys.stderr) as progress:
        spec = read_spec(work)
        everything = labelled(spec, Model.CHURN, datetime.now(UTC).date(), progress)
        for done, data in enumerate(own_splits(everything, spec, repeats), start=1):
            for name, learner in LEARNERS.items():
                scores = learner(data)
                for metric, measure in METRICS.items():
                    measured[metric][name].append(measure(data.test.labels[:, 0], scores))
            progress("splits", done, repeats)
    for metric, values in measured.items():
        click.echo(f"{metric}\n\n{table(values, against='Nextbest, as served')}\n")


if __name__ == "__main__":
    main()
