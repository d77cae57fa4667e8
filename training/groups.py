"""Which groups rows belong to, for audits: tier, kind, and the columns that models may not see."""

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.layout import AUDIT, Layout
from training.dataset import History, number_customers

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

UNKNOWN: Final = "unknown"
BANDS: Final = 4
VALUES_MOST: Final = 10
"""A number with more values is told in bands of as many rows each, a text's rarer ones together."""
OTHERS: Final = "others"
VALUE_DIGITS: Final = 6
EDGE_DIGITS: Final = 4
"""Told of a value and of a band's edge, unless it takes more to tell it from the next."""
CUSTOMERS_LEAST: Final = 10
"""A sensitive text of fewer is told among the rarer ones: a card names nobody."""


def read_groups(store: History, layout: Layout, keys: pa.Table) -> dict[str, Texts]:
    """Each row's group by every audited feature; `keys` are customer_id and snapshot_date."""
    features = layout.audit_features()
    if not features:
        return {}
    found = store.historical(layout.service_name(AUDIT), keys)
    customer = number_customers(keys)
    return {
        name: banded(found[name])
        if kind == "number"
        else common(found[name], customer, CUSTOMERS_LEAST if name in layout.sensitive else 1)
        for name, kind in features
    }


def common(values: pa.ChunkedArray, customer: NDArray[np.int64], least: int) -> Texts:
    """A text as groups, shape (rows,): those with the most rows and `least` customers, the others together.

    `customer` (rows,) numbers each row's.
    """
    texts = np.asarray(values.fill_null(UNKNOWN).to_numpy(zero_copy_only=False), dtype=object)
    found, group, counts = np.unique(texts, return_inverse=True, return_counts=True)
    people = np.bincount(np.unique(np.column_stack([group, customer]), axis=0)[:, 0], minlength=len(found))
    kept = found[np.argsort(-counts, kind="stable")[:VALUES_MOST]]
    few = found[(people < least) & (found != UNKNOWN)]
    return np.where(np.isin(texts, kept) & ~np.isin(texts, few), texts, OTHERS)


def banded(column: pa.ChunkedArray) -> Texts:
    """A number as groups, shape (rows,): its values where these are few, bands of as many rows otherwise."""
    values = np.asarray(column.to_numpy(), dtype=np.float64)
    known = ~np.isnan(values)
    found = np.unique(values[known])
    if len(found) <= VALUES_MOST:
        names = dict(zip(found.tolist(), _told_apart(found, VALUE_DIGITS), strict=True))
        return np.array([names.get(value, UNKNOWN) for value in values.tolist()], dtype=object)
    edges = np.unique(np.quantile(values[known], np.arange(1, BANDS) / BANDS))
    bands = np.array([*_named(edges), UNKNOWN], dtype=object)
    return np.asarray(bands[np.where(known, np.searchsorted(edges, values, side="right"), len(edges) + 1)])


def _named(edges: Sequence[float] | Floats) -> list[str]:
    """ "below 30", "30 to 45", ..., "60 and above"."""
    texts = _told_apart(edges, EDGE_DIGITS)
    between = [f"{low} to {high}" for low, high in pairwise(texts)]
    return [f"below {texts[0]}", *between, f"{texts[-1]} and above"]


def _told_apart(values: Sequence[float] | Floats, digits: int) -> list[str]:
    """Different numbers as different texts, of so many digits or as few more as it takes."""
    texts: list[str] = []
    for most in range(digits, sys.float_info.dig + 3):  # 17 digits tell any two numbers apart
        texts = [f"{value:.{most}g}" for value in values]
        if len(set(texts)) == len(texts):
            break
    return texts
