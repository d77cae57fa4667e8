"""How trees grow, where training rows prove that another way tells more of other customers.

The settings every bank starts with suit rare outcomes and much noise. Tried beside them are cuts drawn at
random (extremely randomized trees, Geurts, Ernst & Wehenkel 2006, section 2: worse trees, but less alike, so
that many of them together may be better) and lighter smoothing, for outcomes that features tell plainly.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_ID
from training.dataset import Dataset, number_customers
from training.fit import bin_rows, fit_head, growth_with, threads
from training.intervals import paired_mean
from training.soup import servings
from training.split import customer_share

Floats = NDArray[np.float64]
Settings = Mapping[str, Any]

OF_ONE_HEAD: Final[Mapping[str, Settings]] = {
    "cuts drawn at random": {"extra_trees": True},
    "lighter smoothing": {"lambda_l2": 5.0, "path_smooth": 0.0, "min_data_in_leaf": 20},
}
OF_SEVERAL_HEADS: Final[Mapping[str, Settings]] = {
    "lighter smoothing": {"lambda_l2": 1.0, "path_smooth": 0.0, "min_data_in_leaf": 10},
}
"""Lighter still, which ranks the heads of a customer better; without drawn cuts, which rank them worse
although they lower the log loss of each."""

OUTCOMES_LEAST: Final = 300
"""Of either kind that a head needs to be judged by: with fewer, nothing small can be proven."""

HEADS_MOST: Final = 4
"""Judged are those with the most positives; the others would add little but time."""

PROVEN: Final = 1.0
"""Standard errors by which the loss must fall (the one-standard-error rule, Breiman et al. 1984, 3.4.3)."""


@dataclass(frozen=True)
class Growth:
    """Settings that tell most, and a sentence on what was tried."""

    settings: Settings
    note: str


def with_growth(data: Dataset, settings: Settings, seed: int, fixed: Collection[str] = ()) -> Growth:
    """The settings, or those of the way to grow that training rows prove most surely; `fixed` ones stay.

    Boosters learn from half of the customers, stop early on the others and are judged there; then the other
    way round. Either half's trees grow as all training rows have it. With more rows than several boosters are
    averaged of, nothing is tried: other ways take more trees, and a single booster serves. Nor is a way in
    which all judged heads grow already.
    """
    tried = OF_SEVERAL_HEADS if len(data.heads) > 1 else OF_ONE_HEAD
    heads = _judged(data.train.labels)
    already = _grown(data, heads, settings)
    ways = {
        name: way
        for name, way in tried.items()
        if way.keys().isdisjoint(fixed) and not all(way.items() <= own.items() for own in already)
    }
    if servings(len(data.everything.labels)) == 1 or not heads or not ways:
        return Growth(settings, "")
    first = customer_share(data.train.keys[CUSTOMER_ID], seed + 2) < 0.5
    usual, customers = _loss(data, heads, first, settings), number_customers(data.train.keys)
    losses = {name: _loss(data, heads, first, {**settings, **way}) for name, way in ways.items()}
    lowered = {
        name: paired_mean(usual - loss, data.train.weights, customers) for name, loss in losses.items()
    }
    surest = max(lowered, key=lambda name: _errors(*lowered[name]))
    kept = _errors(*lowered[surest]) > PROVEN
    told = ", ".join(f"{name} by {gain:.5f} ± {error:.5f}" for name, (gain, error) in lowered.items())
    note = f"the log loss is lowered with {told}: {surest if kept else 'none'} kept"
    return Growth({**settings, **ways[surest]} if kept else settings, note)


def _errors(gain: float, error: float) -> float:
    """How many of its standard errors a gain is."""
    return gain / error if error > 0 else 0.0


def _judged(labels: Floats) -> list[int]:
    """The places of the heads with the most positives, among those with enough of either outcome."""
    positives, negatives = (np.sum(labels == outcome, axis=0) for outcome in (1, 0))
    told = np.flatnonzero(np.minimum(positives, negatives) >= OUTCOMES_LEAST)
    return sorted(told[np.argsort(-positives[told], kind="stable")][:HEADS_MOST].tolist())


def _grown(data: Dataset, heads: list[int], settings: Settings) -> list[Settings]:
    """The settings of each of the heads at these places, with how its trees grow."""
    customers = number_customers(data.train.keys)
    return [{**settings, **growth_with(settings, data.train.labels[:, head], customers)} for head in heads]


def _loss(data: Dataset, heads: list[int], first: NDArray[np.bool_], settings: Settings) -> Floats:
    """Each training row's log loss over the heads, of boosters that learnt from the other half: (rows,)."""
    loss = np.zeros(len(data.train.labels))
    settings = {**settings, "num_threads": threads(data.train.matrix)}
    grown = _grown(data, heads, settings)
    for learn in (first, ~first):
        learnt, others = (data.train.take(np.flatnonzero(half)) for half in (learn, ~learn))
        binned = bin_rows(learnt, data.columns, settings)
        watched = bin_rows(others, data.columns, settings, like=binned)
        for head, own in zip(heads, grown, strict=True):
            outcome = others.labels[:, head]
            booster = fit_head(binned, learnt.labels[:, head], own, (watched, outcome))
            chance: Floats = np.asarray(booster.predict(others.matrix))
            right = np.where(outcome == 1, chance, 1 - chance)
            loss[~learn] += np.where(np.isnan(outcome), 0.0, -np.log(np.maximum(right, 1e-12)))
    return loss
