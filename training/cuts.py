"""Whether trees seek the best cut of a feature or draw one: whichever tells more of other customers.

Trees of drawn cuts are worse alone and less alike, so that many of them together may be better (extremely
randomized trees, Geurts, Ernst & Wehenkel 2006, section 2). They need more trees, so they have to prove it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_ID
from training.dataset import Dataset, Examples
from training.fit import bin_rows, fit_head, threads
from training.intervals import paired_mean
from training.soup import servings
from training.split import customer_share

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAWN: Final = {"extra_trees": True}

OUTCOMES_LEAST: Final = 300
"""Of either kind that a head needs to be judged by: with fewer, nothing small can be proven."""

HEADS_MOST: Final = 4
"""Judged are those with the most positives; the others would add little but time."""

PROVEN: Final = 1.0
"""Standard errors by which the loss must fall (the one-standard-error rule, Breiman et al. 1984, 3.4.3)."""


@dataclass(frozen=True)
class Cuts:
    """Settings with the cuts that tell more, and a sentence on what was tried."""

    settings: Mapping[str, Any]
    note: str


def with_cuts(data: Dataset, settings: Mapping[str, Any], seed: int) -> Cuts:
    """The settings, with drawn cuts where training rows prove them.

    Boosters with sought and with drawn cuts learn from half of the customers, stop early on the others and
    are judged there; then the other way round. With more rows than several boosters are averaged of,
    nothing is asked: drawn cuts would cost the one that serves twice its trees.
    """
    rows, heads = data.train, _judged(data.train)
    if servings(len(rows.labels)) == 1 or not heads:
        return Cuts(settings, "")
    first = customer_share(rows.keys[CUSTOMER_ID], seed + 2) < 0.5
    drawn = {**settings, **DRAWN}
    sought_loss, drawn_loss = (_loss(rows, data, heads, first, each) for each in (settings, drawn))
    gain, error = paired_mean(sought_loss - drawn_loss, rows.weights)
    kept = gain > PROVEN * error
    note = f"cuts drawn at random lower the log loss by {gain:.5f} ± {error:.5f}: "
    return Cuts(drawn, f"{note}kept") if kept else Cuts(settings, f"{note}left out")


def _judged(rows: Examples) -> list[int]:
    """The places of the heads with the most positives, among those with enough of either outcome."""
    positives, negatives = (np.sum(rows.labels == outcome, axis=0) for outcome in (1, 0))
    told = np.flatnonzero(np.minimum(positives, negatives) >= OUTCOMES_LEAST)
    return sorted(told[np.argsort(-positives[told], kind="stable")][:HEADS_MOST].tolist())


def _loss(
    rows: Examples, data: Dataset, heads: list[int], first: Flags, settings: Mapping[str, Any]
) -> Floats:
    """Each row's log loss over the heads, under boosters that learnt from the other half, shape (rows,)."""
    loss = np.zeros(len(rows.labels))
    settings = {**settings, "num_threads": threads(rows.matrix)}
    for learn in (first, ~first):
        learnt, watched = (rows.take(np.flatnonzero(half)) for half in (learn, ~learn))
        binned = bin_rows(learnt, data.columns, settings)
        others = bin_rows(watched, data.columns, settings, like=binned)
        for head in heads:
            outcome = watched.labels[:, head]
            booster = fit_head(binned, learnt.labels[:, head], settings, (others, outcome))
            chance: Floats = np.asarray(booster.predict(watched.matrix))
            right = np.where(outcome == 1, chance, 1 - chance)
            loss[~learn] += np.where(np.isnan(outcome), 0.0, -np.log(np.maximum(right, 1e-12)))
    return loss
