"""Columns that tell an outcome too well to have been known before it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.contract import FeatureColumn
from features.errors import GateError
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.dataset import Dataset, number_customers
from training.sample import uniform_sample

Floats = NDArray[np.float64]
Bins = NDArray[np.int64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

TOO_GOOD: Final = 0.99
"""ROC-AUC of one column alone. Honest ones reach 0.97, for a product that only few may have."""

OUTCOMES_LEAST: Final = 30
"""Of either kind: with fewer, chance can tell them apart."""

ROWS_MOST: Final = 30_000
HALVES: Final = (2, 30_000)
"""What customers are parted in halves by: a seed of its own, lest the halves follow another draw."""
BINS_MOST: Final = 255


@dataclass(frozen=True)
class Suspect:
    """A column that alone tells who comes true in `head` from who does not; `among` says where."""

    column: str
    head: str
    roc_auc: float
    among: str = ""


def refuse_leaks(
    data: Dataset, endings: pa.Table, trusted: Collection[str], looks: Iterable[Places] | None = None
) -> None:
    """Refuse to learn from columns that alone tell an outcome almost perfectly, but for those `trusted`.

    Such a column was written after the outcome, or copied from it (Kaufman et al. 2012, "Leakage in data
    mining", section 4). Comparisons are left to the columns they compare. `endings` are those of
    `training.endings`, `looks` as for `suspects`.

    Raises GateError naming each column, what it tells, where and how well.
    """
    every = worst([*suspects(data, looks), *seers(data, endings)])
    found = [one for one in every if one.column not in trusted]
    if found:
        lines = "".join(
            f"\n  {one.column} tells {one.head} with ROC-AUC {one.roc_auc:.4f}{one.among}" for one in found
        )
        raise GateError(
            "these features alone tell the outcome too well to have been known before it; exclude their "
            f"columns in bank.toml, or name those you know to be honest in training.trusted:{lines}"
        )


def suspects(data: Dataset, looks: Iterable[Places] | None = None) -> list[Suspect]:
    """The columns of a data set that tell the outcome in any of `looks`, the worst first.

    A look is the places of some rows: what was written from some day on tells little of all rows together,
    and everything of those that test. Without `looks` there is one at each part and at the newest snapshot.
    """
    found: list[Suspect] = []
    for look in filter(len, parts_and_newest(data) if looks is None else looks):
        rows = data.everything.take(uniform_sample(look, ROWS_MOST, seed=0))
        among = _between(rows.keys[SNAPSHOT_DATE])
        halves = _halves(number_customers(rows.keys))
        told = _too_good(data.columns, rows.matrix, data.heads, rows.labels, halves)
        found += [replace(one, among=among) for one in told]
    return worst(found)


def parts_and_newest(data: Dataset) -> Iterator[Places]:
    """The rows that train, those learned from later, those that test; the newest snapshot if other rows."""
    stops = np.cumsum([data.sizes[0], sum(data.sizes[1:-1]), data.sizes[-1]])
    places = np.arange(stops[-1])
    yield from np.split(places, stops[:-1])
    newest = newest_snapshot(data, places)
    if not np.array_equal(newest, places[stops[1] :]):
        yield newest


def newest_snapshot(data: Dataset, places: Places) -> Places:
    """Of some places those of the newest snapshot among them."""
    days = data.everything.keys[SNAPSHOT_DATE].take(pa.array(places))
    newest: Places = places[pc.equal(days, pc.max(days)).to_numpy()]
    return newest


def _between(days: pa.ChunkedArray) -> str:
    """From which snapshot to which, in words."""
    first, last = (str(bound.as_py()) for bound in (pc.min(days), pc.max(days)))
    return f" at {first}" if first == last else f" from {first} to {last}"


def seers(data: Dataset, endings: pa.Table) -> list[Suspect]:
    """The columns that never change of a customer and tell what comes true at last, the worst first.

    `endings` has a row a customer: customer_id, and a column for each sense in which a head comes true.
    """
    rows = data.everything
    customer = number_customers(rows.keys)
    chosen = uniform_sample(np.arange(customer.max() + 1), ROWS_MOST, seed=0)
    by_time = np.argsort(rows.keys[SNAPSHOT_DATE].to_numpy(), kind="stable")
    places = by_time[np.isin(customer[by_time], chosen)]
    _, first, own = np.unique(customer[places], return_index=True, return_inverse=True)
    still = [place for place in range(len(data.columns)) if _still(rows.matrix[places, place], first[own])]
    people = rows.take(places[first])
    at = pc.index_in(people.keys[CUSTOMER_ID], endings[CUSTOMER_ID].combine_chunks())
    told = endings.take(at).drop_columns([CUSTOMER_ID])
    labels = told.to_pandas().to_numpy(np.float64)
    columns = [data.columns[place] for place in still]
    halves = _halves(np.arange(len(labels)))
    return _too_good(columns, people.matrix[:, still], told.column_names, labels, halves)


def worst(found: Iterable[Suspect]) -> list[Suspect]:
    """Each column once, with what it tells best, the worst first."""
    first: dict[str, Suspect] = {}
    for one in sorted(found, key=lambda one: (-one.roc_auc, one.column)):
        first.setdefault(one.column, one)
    return list(first.values())


def _still(values: Floats, first: NDArray[np.intp]) -> bool:
    """Whether values (rows,), where known, are those of the `first` row (rows,) of the same customer."""
    known = ~np.isnan(values) & ~np.isnan(values[first])
    return np.array_equal(values[known], values[first][known])


def _too_good(
    columns: Sequence[FeatureColumn], matrix: Floats, heads: Sequence[str], labels: Floats, halves: Flags
) -> list[Suspect]:
    """The columns of a matrix (rows, columns) that tell labels (rows, heads), each with its worst head.

    `halves` (rows,) parts the customers in two, at random.
    """
    told = {
        head: label
        for head, label in zip(heads, labels.T, strict=True)
        if min((label == 1).sum(), (label == 0).sum()) >= OUTCOMES_LEAST
    }
    binned = [_bins(values) for values in np.ascontiguousarray(matrix.T)] if told else []
    found = []
    for head, label in told.items():
        known = np.flatnonzero(~np.isnan(label))
        outcomes, half = label[known].astype(np.int64), halves[known].astype(np.int64)
        for column, bins in zip(columns, binned, strict=True):
            counts = tally(bins[known], outcomes, half)
            auc = best_auc(counts, coded=column.categories is not None)
            if auc >= TOO_GOOD:
                found.append(Suspect(column.name, head, auc))
    return worst(found)


def _bins(values: Floats) -> Bins:
    """Values (rows,) as at most `BINS_MOST` ordered bins of about equal size, from 1; 0 where unknown."""
    known = ~np.isnan(values)
    ordered = np.sort(values[known])
    distinct = ordered[np.flatnonzero(np.diff(ordered, prepend=np.nan))]
    edges = distinct if len(distinct) <= BINS_MOST else np.unique(ordered[:: len(ordered) // BINS_MOST])
    bins = np.zeros(len(values), dtype=np.int64)
    bins[known] = np.searchsorted(edges, values[known], side="right")
    return bins


def tally(bins: Bins, outcomes: Bins, halves: Bins) -> Counts:
    """How many rows there are, shape (bins, halves, outcomes); of halves and outcomes there are 0 and 1.

    Arguments are (rows,).
    """
    number = int(bins.max()) + 1
    return np.bincount((bins * 2 + halves) * 2 + outcomes, minlength=4 * number).reshape(number, 2, 2)


def best_auc(counts: Counts, *, coded: bool) -> float:
    """How well bins, as `tally` counts them, tell outcomes apart, in either direction.

    Of a number, in the order of its values, by being known at all, or in whatever order bins come true. Codes
    have no order of their own: they are put in that of how often each came true.
    """
    rows = counts.sum(axis=1).astype(np.float64)
    if coded:
        return ordered_auc(rows[np.argsort(rows[:, 1] / np.maximum(rows.sum(axis=1), 1), kind="stable")])
    known = np.array([rows[0], rows[1:].sum(axis=0)])
    unordered = (unordered_auc(one) for one in (counts, _coarse(counts)))
    return max(ordered_auc(rows), ordered_auc(known), *unordered)


def unordered_auc(counts: Counts) -> float:
    """How well bins, as `tally` counts them, tell outcomes apart in whatever order they come true.

    A status kept as a number has none of its own, and what is near zero of all who left none that rises. The
    order is learned of one half of the customers and tried on the other, both ways: of many bins and few
    rows one finds an order that tells the rows it was learned of. 0.5 where a half has too few outcomes.
    """
    if counts.sum(axis=0).min() < OUTCOMES_LEAST / 2:
        return 0.5
    found = []
    for learned, tried in ((0, 1), (1, 0)):
        told = counts[:, learned].astype(np.float64)
        rate = told[:, 1].sum() / told.sum()
        # One customer of the base rate more: a bin that the other half does not have tells nothing.
        smoothed = (told[:, 1] + rate) / (told.sum(axis=1) + 1)
        _, order = np.unique(smoothed, return_inverse=True)
        by_rate = [np.bincount(order, counts[:, tried, outcome]) for outcome in (0, 1)]
        found.append(ordered_auc(np.column_stack(by_rate)))
    return float(np.mean(found))


def _coarse(counts: Counts) -> Counts:
    """Four bins in one, for few rows; what is unknown stays by itself."""
    starts = [0, *range(1, len(counts), 4)]
    return np.add.reduceat(counts, starts)


def _halves(customer: NDArray[np.int64]) -> Flags:
    """Of rows (rows,) those of half the customers, drawn at random."""
    return np.asarray(np.random.default_rng(HALVES).uniform(size=customer.max() + 1) < 0.5)[customer]


def ordered_auc(rows: Floats) -> float:
    """ROC-AUC from counts (bins, outcomes) by ascending bin, or its opposite.

    Equals count half (Mann & Whitney 1947).
    """
    negatives, positives = rows.T
    below = np.cumsum(negatives) - negatives
    auc = float((positives * (below + negatives / 2)).sum() / (positives.sum() * negatives.sum()))
    return max(auc, 1 - auc)
