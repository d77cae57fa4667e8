"""Does the product's own training find leavers as well as other learners do with their defaults?

python -m experiments.real.av_bank_churn.study WORK

WORK is a new folder, or one that this or experiments.real.av_bank_churn.run has made. All learn from the
same rows and features, 70 % of the customers to learn from and 30 to test on; of the 70, the product holds
a quarter back to stop early and calibrate, and then learns from these too, as the other learners do.
CatBoost is tuned by 100 trials, once, on the first split's own rows: the later splits' tests are partly
among them, which favours it.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from experiments.real.av_bank_churn.run import place
from experiments.real.labelled import labelled, own_splits
from experiments.real.path import SHARED, bank_at, errors_told
from experiments.real.repeats import table
from experiments.real.served import served
from features.console import progress_bar
from features.vocabulary import Model
from training.dataset import Dataset
from training.metrics.discrimination import average_precision, roc_auc

Floats = NDArray[np.float64]
Learner = Callable[[Dataset], Floats]
"""Learns from a data set's training and calibration rows and scores its test rows, shape (rows,)."""

QUIET: Final = {"verbose": False, "allow_writing_files": False, "random_seed": 0}
TUNED: Final = "CatBoost, 100 trials"
TO_LEARN: Final = 0.7


def nextbest_served(data: Dataset) -> Floats:
    """The product's own learning."""
    return served(data)[:, 0]


def lightgbm_defaults(data: Dataset) -> Floats:
    """100 rounds of LightGBM as it comes."""
    rows = data.learnt
    model = lgb.LGBMClassifier(verbosity=-1).fit(
        rows.matrix, rows.labels[:, 0], categorical_feature=_categorical(data)
    )
    return np.asarray(model.predict_proba(data.test.matrix))[:, 1]


def catboost_defaults(data: Dataset) -> Floats:
    """CatBoost as it comes, texts as numbered categories."""
    from catboost import CatBoostClassifier  # a second to import, and not needed by whoever reads this module

    rows = data.learnt
    model = CatBoostClassifier(verbose=False, allow_writing_files=False)
    model.fit(rows.matrix, rows.labels[:, 0])
    return np.asarray(model.predict_proba(data.test.matrix))[:, 1]


def xgboost_defaults(data: Dataset) -> Floats:
    """XGBoost as it comes."""
    from xgboost import XGBClassifier

    rows = data.learnt
    model = XGBClassifier().fit(rows.matrix, rows.labels[:, 0])
    return np.asarray(model.predict_proba(data.test.matrix))[:, 1]


@dataclass
class TunedCatBoost:
    """CatBoost with the parameters that did best on held-back rows of the first split it sees."""

    trials: int
    best: dict[str, Any] | None = None

    def __call__(self, data: Dataset) -> Floats:
        """Tune if not done yet, then learn with the rounds at which it stopped."""
        from catboost import CatBoostClassifier

        self.best = self.best or tuned_catboost(data, self.trials)
        rows = data.learnt
        model = CatBoostClassifier(**QUIET, **self.best).fit(rows.matrix, rows.labels[:, 0])
        return np.asarray(model.predict_proba(data.test.matrix))[:, 1]


def tuned_catboost(data: Dataset, trials: int) -> dict[str, Any]:
    """The parameters and rounds with the lowest log loss on the calibration rows."""
    import optuna
    from catboost import CatBoostClassifier

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    held_back = (data.calibrate.matrix, data.calibrate.labels[:, 0])

    def loss(trial: optuna.Trial) -> float:
        asked = {
            "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.3, log=True),
            "depth": trial.suggest_int("depth", 3, 8),
            "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.5, 30.0, log=True),
            "random_strength": trial.suggest_float("random_strength", 0.1, 10.0, log=True),
            "bagging_temperature": trial.suggest_float("bagging_temperature", 0.0, 2.0),
            "border_count": trial.suggest_int("border_count", 32, 254),
        }
        model = CatBoostClassifier(**QUIET, **asked, iterations=1500, early_stopping_rounds=40)
        model.fit(data.train.matrix, data.train.labels[:, 0], eval_set=held_back)
        trial.set_user_attr("asked", {**asked, "iterations": model.tree_count_})
        return float(model.get_best_score()["validation"]["Logloss"])

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(loss, n_trials=trials)
    best: dict[str, Any] = study.best_trial.user_attrs["asked"]
    return best


LEARNERS: Final[Mapping[str, Learner]] = {
    "Nextbest, as served": nextbest_served,
    "LightGBM defaults": lightgbm_defaults,
    "XGBoost defaults": xgboost_defaults,
    "CatBoost defaults": catboost_defaults,
}
METRICS: Final = {"ROC-AUC": roc_auc, "average precision": average_precision}


def _categorical(data: Dataset) -> list[int]:
    return [place for place, column in enumerate(data.columns) if column.categories is not None]


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--raw", type=click.Path(path_type=Path), default=SHARED / "av_bank_churn", show_default=True)
@click.option("--repeats", default=5, show_default=True)
@click.option("--trials", default=100, show_default=True, help="of tuning CatBoost; 0 leaves it out")
def main(work: Path, raw: Path, repeats: int, trials: int) -> None:
    """Print every learner's ROC-AUC and average precision over repeated splits of the labelled customers.

    Their bank is made in WORK.
    """
    learners = dict(LEARNERS)
    if trials:
        learners[TUNED] = TunedCatBoost(trials)
    measured: dict[str, dict[str, list[float]]] = {
        metric: {name: [] for name in learners} for metric in METRICS
    }
    with errors_told(), progress_bar(sys.stderr) as progress:
        spec = bank_at(work, partial(place, raw))
        everything = labelled(spec, Model.CHURN, datetime.now(UTC).date(), progress)
        for done, data in enumerate(own_splits(everything, repeats, TO_LEARN), start=1):
            for name, learner in learners.items():
                scores = learner(data)
                for metric, measure in METRICS.items():
                    measured[metric][name].append(measure(data.test.labels[:, 0], scores))
            progress("splits", done, repeats)
    for metric, values in measured.items():
        click.echo(f"{metric}\n\n{table(values, against='Nextbest, as served', learnt=TO_LEARN)}\n")


if __name__ == "__main__":
    main()
