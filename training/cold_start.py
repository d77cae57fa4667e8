"""Products that hardly anybody opened yet: scored as those like them are, to the share that is expected.

A head with too few positives to learn from borrows the boosters of the products most like it: their log-odds
are averaged, and shifted until the mean over the training rows is the share of customers expected to open it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from features.contract import Calibration
from features.spec import Product
from training.calibrate import log_odds
from training.dataset import Examples
from training.fit import threads
from training.heads import FittedHead
from training.soup import averaged

Floats = NDArray[np.float64]

LENDERS_MOST: Final = 3
ALIKE_LEAST: Final = 0.5
"""Of what two products are compared by, half must agree; of the kinds of customers too."""
FURTHEST: Final = 30.0
"""No log-odds are shifted by more."""


def with_lookalikes(
    heads: Sequence[FittedHead], trained: Examples, products: Mapping[str, Product], minimum_positives: int
) -> list[FittedHead]:
    """The heads; those of too few positives are lent some where the catalogue tells what their products are.

    `trained` are the rows that told the heads' base rates.
    """
    fitted = [head for head in heads if head.booster and not head.lenders and head.name in products]
    found = list(heads)
    for place, head in enumerate(heads):
        product = products.get(head.name)
        if head.booster is not None or head.positives >= minimum_positives:
            continue  # it learned, or no feature tells: its own share is well known
        if product is None or not product.attributes:
            continue
        lenders = _lenders(product, fitted, products)
        if not lenders:
            found[place] = replace(head, note=f"{head.name}: no learned product is like it; {head.note}")
            continue
        known = np.flatnonzero(~np.isnan(trained.labels[:, place]))
        if not len(known):
            continue  # everybody holds it: whom it would be offered to cannot be told
        rows = trained.take(known)
        share = product.expected_share or _smoothed(head, lenders, rows.weights.sum(), minimum_positives)
        found[place] = _borrowed(head, lenders, rows, share)
    return found


def likeness(one: Product, other: Product) -> float:
    """From 0, nothing in common, to 1: the mean over category, kinds, value and `one`'s attributes.

    0 too where fewer than half of the kinds of customers are common: the boosters would speak of others.
    """
    kinds = len(set(one.kinds) & set(other.kinds)) / len(set(one.kinds) | set(other.kinds))
    if kinds < ALIKE_LEAST:
        return 0.0
    low, high = sorted((one.annual_value, other.annual_value))
    agree = [
        float(one.category == other.category),
        kinds,
        low / high if low > 0 else float(low == high),
        *(float(other.attributes.get(name) == value) for name, value in one.attributes.items()),
    ]
    return float(np.mean(agree))


def _lenders(
    product: Product, fitted: Sequence[FittedHead], products: Mapping[str, Product]
) -> tuple[FittedHead, ...]:
    """The heads of the products most like this one, the nearest first."""
    alike = {head.name: likeness(product, products[head.name]) for head in fitted}
    nearest = sorted(fitted, key=lambda head: -alike[head.name])
    return tuple(head for head in nearest[:LENDERS_MOST] if alike[head.name] >= ALIKE_LEAST)


def _smoothed(head: FittedHead, lenders: Sequence[FittedHead], rows: float, minimum_positives: int) -> float:
    """The share observed, with `minimum_positives` more at the lenders' rate; never opened, it is not known
    ever to have been for sale, and the lenders' rate stands.
    """
    rate = float(np.mean([one.base_rate for one in lenders]))
    if not head.positives:
        return rate
    return (head.base_rate * rows + minimum_positives) / (rows + minimum_positives / rate)


def _borrowed(head: FittedHead, lenders: Sequence[FittedHead], rows: Examples, share: float) -> FittedHead:
    """The head with the lenders' mean log-odds, shifted until their mean over `rows` is `share`."""
    booster = averaged([one.booster for one in lenders if one.booster is not None])
    odds = log_odds(np.asarray(booster.predict(rows.matrix, num_threads=threads(rows.matrix))))
    shift = brentq(lambda by: _mean(odds + by, rows.weights) - share, -FURTHEST, FURTHEST)
    names = tuple(one.name for one in lenders)
    return replace(
        head,
        booster=booster,
        calibration=Calibration(kind="platt", slope=1.0, intercept=float(shift)),
        base_rate=share,
        lenders=names,
        note=f"{head.name}: {head.positives} positives are too few to learn from: scored as products like it "
        f"are ({', '.join(names)}), to a mean of {share:.4f}",
    )


def _mean(odds: Floats, weights: Floats) -> float:
    return float(np.average(expit(odds), weights=weights))
