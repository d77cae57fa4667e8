"""Whether a population still looks as it did: the population stability index of one column."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.intervals import Interval, interval

Floats = NDArray[np.float64]

BINS = 10
CODES_MOST = 20
"""Rarer codes of the reference share one bin: each more adds chance and tells little."""
PSEUDO_ROWS = 0.5


def population_stability(
    reference: Floats,
    recent: Floats,
    *,
    codes: bool = False,
    reference_weights: Floats | None = None,
    recent_weights: Floats | None = None,
    bins: int = BINS,
) -> float:
    """The population stability index: sum over bins of (q - p) log(q / p), 0 where nothing moved.

    `reference` and `recent` are of shapes (rows,) and (other rows,), weights likewise: how many rows each
    stands for. Numbers are cut at the reference's weighted quantiles, equal values staying together; with
    `codes` each of the commonest codes is a bin, all others one. NaN is a bin of its own. By convention below
    0.1 little moved, above 0.25 much (Siddiqi 2006, "Credit Risk Scorecards"). By chance alone it
    is about (bins - 1)(1 / rows + 1 / other rows) (Yurdakul & Naranjo 2020).

    So that empty bins stay finite, each bin counts half a row more on either side (Krichevsky & Trofimov
    1981); bins empty on both are left out. NaN where a side has no rows.
    """
    if not len(reference) or not len(recent):
        return float("nan")
    pair = (_weights(reference, reference_weights), _weights(recent, recent_weights))
    before, after = _counted(reference, recent, *pair, codes=codes, bins=bins)
    return float(_index(before, after))


def furthest_part(parts: Sequence[Floats], *, codes: bool = False) -> float:
    """The largest index of one of `parts`, (rows,) each, against the others, in the bins of them all.

    0 where fewer than two have rows.
    """
    whole = np.concatenate(parts)
    weights = np.ones(len(whole))
    places = _by_code(whole, weights) if codes else _by_quantile(whole, weights, BINS)
    counts = np.array(
        [np.bincount(places(part), minlength=places.bins) for part in parts if len(part)], dtype=np.float64
    )
    if len(counts) < 2:
        return 0.0
    counts = counts[:, counts.any(axis=0)]
    return float(_index(counts.sum(axis=0) - counts, counts).max())


def stability_interval(
    reference: Floats, recent: Floats, *, codes: bool = False, draws: int = 400, seed: int = 0
) -> Interval:
    """The index of two samples of customers, with its 95 % interval; NaN where a side has no rows.

    Rows are drawn anew from the bins' shares on either side (Efron & Tibshirani 1993, section 6.5). Drawing
    moves the index up, as chance does: only the draws' spread about their mean is told.
    """
    if not len(reference) or not len(recent):
        return Interval(*[float("nan")] * 3)
    before, after = _counted(reference, recent, np.ones(len(reference)), np.ones(len(recent)), codes=codes)
    random = np.random.default_rng(seed)
    drawn = _index(*(_redrawn(counts, draws, random) for counts in (before, after)))
    value = _index(before, after)
    return interval(np.concatenate([[value], np.maximum(drawn - drawn.mean() + value, 0.0)]))


def _counted(
    reference: Floats, recent: Floats, weighed: Floats, others: Floats, *, codes: bool, bins: int = BINS
) -> tuple[Floats, Floats]:
    """How many rows of either side each bin holds, those that are empty on both left out."""
    places = _by_code(reference, weighed) if codes else _by_quantile(reference, weighed, bins)
    before, after = (
        np.bincount(places(values), weights, minlength=places.bins).astype(np.float64)
        for values, weights in ((reference, weighed), (recent, others))
    )
    filled = (before > 0) | (after > 0)
    return before[filled], after[filled]


def _redrawn(counts: Floats, draws: int, random: np.random.Generator) -> Floats:
    """As many rows again, shape (draws, bins)."""
    return random.multinomial(int(counts.sum()), counts / counts.sum(), draws).astype(np.float64)


def _index(before: Floats, after: Floats) -> Floats:
    """Of counts by bin, shape (..., bins): shape (...)."""
    p, q = _shares(before), _shares(after)
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))


class _Bins:
    """Which bin a value falls in: 0 is NaN's."""

    def __init__(self, edges: Floats, *, codes: bool) -> None:
        self._edges, self._codes = edges, codes
        self.bins = len(edges) + 2

    def __call__(self, values: Floats) -> NDArray[np.int64]:
        place = np.searchsorted(self._edges, values, side="left")
        if self._codes:
            known = self._edges[np.minimum(place, len(self._edges) - 1)] == values
            place = np.where(known, place, len(self._edges))
        return np.where(np.isnan(values), 0, place + 1)


def _by_quantile(values: Floats, weights: Floats, bins: int) -> _Bins:
    known = ~np.isnan(values)
    if not known.any():
        return _Bins(np.array([]), codes=False)
    inner = np.arange(1, bins) / bins
    return _Bins(
        np.unique(np.quantile(values[known], inner, weights=weights[known], method="inverted_cdf")),
        codes=False,
    )


def _by_code(values: Floats, weights: Floats) -> _Bins:
    known = ~np.isnan(values)
    found, place = np.unique(values[known], return_inverse=True)
    commonest = np.argsort(-np.bincount(place, weights[known]), kind="stable")[:CODES_MOST]
    # A code that is nobody's keeps the search below from an empty list.
    return _Bins(np.sort(found[commonest]) if len(found) else np.array([np.inf]), codes=True)


def _weights(values: Floats, weights: Floats | None) -> Floats:
    """As many in sum as there are rows, whatever each stands for: half a row more then means the same."""
    return np.ones(len(values)) if weights is None else weights * (len(values) / weights.sum())


def _shares(counts: Floats) -> Floats:
    raised = counts + PSEUDO_ROWS
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
