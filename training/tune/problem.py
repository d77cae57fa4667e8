"""Tuning's problem: a model's quality and prediction time on the folds of a backtest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.contract import FeatureColumn
from features.errors import BadInputError
from features.progress import silent
from features.spec import BankSpec
from features.vocabulary import SNAPSHOT_DATE, Model
from training.asked import model_named
from training.backtest.folds import Fold, Past, folds_within
from training.evaluate import MAP_RANK, evaluate
from training.fit import growth_for, options
from training.heads import fit_heads, predict
from training.size import leaves_of, microseconds_a_row
from training.soup import servings
from training.split import Part, split
from training.tune.worker import Tried

Floats = NDArray[np.float64]

METRICS = {
    Model.CHURN: ("skill", "average_precision"),
    Model.PROPENSITY: ("map_at_7", "skill", "average_precision"),
}
"""By which a model can be tuned, the default first. `skill` is the share of the base rates' log loss that is
explained: a proper score (Gneiting & Raftery 2007, section 2) tells more of few positives than a ranking.
A single product makes no ranking of products; see `metrics_of`."""


@dataclass(frozen=True)
class Folds:
    """A model on the folds that it is tuned on."""

    spec: BankSpec
    model: Model
    past: Past
    tested: Sequence[Fold]
    metric: str

    @property
    def fixed(self) -> dict[str, float]:
        """The parameters that bank.toml fixes."""
        return self.spec.training.parameters.given()

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings that a model has without tuning, but for how its heads' trees grow."""
        columns = [FeatureColumn(name=name) for name, _ in self.past.rows.features]
        return options(columns, {}, self.spec.training.seed)

    @property
    def growth(self) -> tuple[dict[str, Any], ...]:
        """How each head's trees would grow on all these rows, where nobody chose."""
        return tuple(growth_for(labels, self.past.customers) for labels in self.past.rows.labels.T)

    @property
    def folds(self) -> int:
        """How many there are."""
        return len(self.tested)

    def name(self, fold: int) -> str:
        """The name of a fold's test."""
        return self.tested[fold].name

    def attempt(self, fold: int, parameters: Mapping[str, float]) -> Tried:
        """Fit as of a fold's test snapshot, and test there.

        One booster a head tells quality; time and size are those of the several that would be served.
        """
        training = self.spec.training
        data = self.tested[fold].data(self.past, training.seed)
        settings = {**options(data.columns, training.monotone, training.seed), **parameters}
        heads = fit_heads(data, settings, training.minimum_positives, silent)
        rates = [head.base_rate for head in heads]
        found = evaluate(data.heads, data.test.labels, predict(heads, data.test.matrix), rates)
        boosters = [head.booster for head in heads if head.booster]
        served = servings(len(data.learnt.labels))
        leaves = served * sum(leaves_of(booster) for booster in boosters)
        microseconds = served * microseconds_a_row(boosters, data.test.matrix)
        return Tried(_quality(found, self.metric), microseconds, leaves)


def metrics_of(model: Model, heads: int) -> tuple[str, ...]:
    """By which a model of so many heads can be tuned, the default first.

    Raises BadInputError for one that is not tuned.
    """
    model_named(model, METRICS)
    ranked = f"map_at_{MAP_RANK}"
    return tuple(name for name in METRICS[model] if heads > 1 or name != ranked)


def tuning_folds(past: Past, spec: BankSpec, most: int) -> list[Fold]:
    """The newest folds among the rows that `train` learns from: what it tests on must not be tuned for.

    Nor is anything that came true after its test's day. A fold where nothing can be told apart is left out,
    and so is that parting of customers which is `train`'s own: its test rows are gone.

    Raises BadInputError when none is left.
    """
    every = folds_within(past.dated, spec)
    told = [fold for fold in every if all(_both(past, fold, part) for part in (Part.TRAIN, Part.TEST))]
    if not told:
        raise BadInputError(
            "tuning needs both outcomes to learn from and to test on, besides what training tests on: "
            "with 3 snapshots, each after the label window of the one before, a whole one tests"
        )
    return told[-most:]


def left_for_training(past: Past, spec: BankSpec) -> str:
    """What `train` tests on and no fold of tuning holds, in words."""
    own = split(past.dated, spec.window, spec.training.seed)
    if own.kind == "customers":
        return "customers that are in none of these"
    return f"the newest snapshot, {past.rows.keys[SNAPSHOT_DATE][int(own.rows(Part.TEST)[0])]}"


def _both(past: Past, fold: Fold, part: Part) -> bool:
    labels = past.rows.labels[fold.split.rows(part)]
    return bool(np.nansum(labels) > 0 and (labels == 0).any())


def _quality(found: Mapping[str, float], metric: str) -> float:
    if metric == "skill":
        return 1 - found["log_loss"] / found["log_loss_of_base_rates"]
    return found[metric]
