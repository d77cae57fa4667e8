"""What moves a model's answers, grouped by what features are about, as reasons are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.contract import FeatureColumn
from features.spec import Product
from features.wording import teller
from features.wording_file import load_phrases
from training.card.card import ConceptFacts
from training.fit import threads
from training.heads import FittedHead

Floats = NDArray[np.float64]

ROWS: Final = 200
"""Contributions cost a hundred predictions a row, and shares of sums need no more rows."""
FEATURES_TOLD: Final = 3
OTHER: Final = "other"


def concept_facts(
    heads: Sequence[FittedHead],
    columns: Sequence[FeatureColumn],
    matrix: Floats,
    products: Mapping[str, Product],
) -> tuple[ConceptFacts, ...]:
    """Each concept's share of how far the rows of `matrix` (rows, columns) are moved, the largest first.

    Moved is the mean absolute contribution to the log-odds by tree SHAP (Lundberg et al. 2020), added up by
    concept row by row, so that features of one concept that cancel each other move nothing. Heads count
    alike. What a comparison contributes is halved between the features that it compares.
    """
    fitted = [head for head in heads if head.booster is not None]
    if not fitted or not len(matrix):
        return ()
    rows = matrix[:: max(len(matrix) // ROWS, 1)]
    features = [column.name for column in columns if column.compares is None]
    concepts = _concepts(features, products)
    names = sorted(set(concepts))
    spread, groups = _spread(columns, features), _one_hot(concepts, names)
    moved = [_contributions(head, rows) @ spread for head in fitted]
    of_feature = _shares(moved)
    of_concept = _shares(one @ groups for one in moved)
    found = (
        ConceptFacts(
            name=name,
            share=share,
            features=_strongest(
                {one: of for one, of, its in zip(features, of_feature, concepts, strict=True) if its == name}
            ),
        )
        for name, share in zip(names, of_concept.tolist(), strict=True)
        if share > 0
    )
    return tuple(sorted(found, key=lambda one: (-one.share, one.name)))


def _concepts(features: Sequence[str], products: Mapping[str, Product]) -> list[str]:
    phrases = load_phrases()
    tellers = (teller(phrases, name, products) for name in features)
    return [told.concept if told else OTHER for told in tellers]


def _contributions(head: FittedHead, rows: Floats) -> Floats:
    """To the log-odds, shape (rows, columns); a control's are taken off."""
    boosters: tuple[Any, ...] = (head.booster, head.control) if head.control else (head.booster,)
    found = [
        np.asarray(booster.predict(rows, pred_contrib=True, num_threads=threads(rows)))[:, :-1]
        for booster in boosters
    ]
    return np.asarray(found[0] - found[1] if head.control else found[0], dtype=np.float64)


def _spread(columns: Sequence[FeatureColumn], features: Sequence[str]) -> Floats:
    """Shape (columns, features): whose a column's contribution is."""
    at = {name: place for place, name in enumerate(features)}
    found = np.zeros((len(columns), len(features)))
    for row, column in enumerate(columns):
        about = column.compares or (column.name,)
        for name in about:
            found[row, at[name]] += 1 / len(about)
    return found


def _one_hot(concepts: Sequence[str], names: Sequence[str]) -> Floats:
    return np.array([[one == name for name in names] for one in concepts], dtype=np.float64)


def _shares(moved: Iterable[Floats]) -> Floats:
    """The mean over heads of each column's share of the mean absolute value, shape (columns,)."""
    sizes = (np.abs(one).mean(axis=0) for one in moved)
    return np.asarray(np.mean([size / max(size.sum(), np.finfo(float).tiny) for size in sizes], axis=0))


def _strongest(shares: Mapping[str, float]) -> dict[str, float]:
    order = sorted((name for name in shares if shares[name] > 0), key=lambda name: (-shares[name], name))
    return {name: float(shares[name]) for name in order[:FEATURES_TOLD]}
