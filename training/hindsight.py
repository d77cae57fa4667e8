"""Columns that a bank states of its customers and that were reckoned from what came after a snapshot.

A customer's mean over all time is the same at every snapshot and gives the future away at each, in a column
without a date as in a row dated early. No outcome betrays it for certain, but the bank's own rows do: with
those that came later they give the column again, and without them they do not (Kaufman et al. 2012, "Leakage
in data mining", section 3.1: what is legitimate is a matter of time).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from features.bank import Bank
from features.errors import GateError
from features.point_in_time import before, known_before
from features.views import attributes, customer
from features.vocabulary import CUSTOMER_ID, Table
from training.aggregates import VALUE, aggregates, frequent, told

Floats = NDArray[np.float64]

STATED: Final = {Table.CUSTOMERS: customer, Table.ATTRIBUTES: attributes}
"""Tables that may state anything of a customer, and the views that read them."""

CUSTOMERS_MOST, CUSTOMERS_LEAST, VALUES_LEAST = 20_000, 100, 3
GAP_MOST = 0.01
"""One less the rank correlation: nearer than that a column is an aggregate, noise and rounding allowed."""
EXACT_GAP_MOST = 0.001
"""Of what is an aggregate of all rows to the last rank: it has neither."""
HONEST_TIMES = 3.0
"""A trait that rows only hint at is nearer to more of them, by as much as there are more; thrice may be."""
EXCUSED_LEAST = 0.5
"""Of the customers of a later aggregate, where an earlier one is to excuse it."""
TIE = 1e-9
ROUGH_ROWS, ROUGH_GAP = 500, 3 * GAP_MOST
"""So many customers tell what is nowhere near, before all are ranked."""


@dataclass(frozen=True)
class Hindsight:
    """A feature that is an aggregate of a table's rows, those at or after the snapshot `day` included.

    `gap` and `gap_before`: one less the rank correlation with the aggregate of all rows, of those before.
    `more` is how many times as many rows there are in all; `customers` have the aggregate, `customers_before`
    by the rows before.
    """

    feature: str
    aggregate: str
    day: date
    gap: float
    gap_before: float
    more: float
    customers: int
    customers_before: int

    @property
    def too_late(self) -> bool:
        """Whether the rows before do not give the feature."""
        noise = GAP_MOST if self.gap > TIE else EXACT_GAP_MOST
        return self.gap_before > noise + HONEST_TIMES * self.more * self.gap

    def excuses(self, other: "Hindsight") -> bool:
        """Whether the feature was known before by this aggregate, and is the other by what the two share."""
        near = not self.too_late and self.gap <= other.gap + TIE
        return near and self.customers_before >= EXCUSED_LEAST * other.customers


def refuse_hindsight(
    bank: Bank, features: Collection[str], snapshots: Sequence[date], trusted: Collection[str]
) -> None:
    """Refuse columns among `features` that know rows at or after the snapshot at which they are read.

    Raises GateError naming each, and the aggregate that it is.
    """
    found = [
        one for one in hindsights(bank, snapshots) if one.feature in features and one.feature not in trusted
    ]
    if found:
        lines = "".join(
            f"\n  {one.feature} is {one.aggregate} over all time (rank correlation {1 - one.gap:.4f}; "
            f"{1 - one.gap_before:.4f} with the rows before {one.day})"
            for one in found
        )
        raise GateError(
            "these columns were reckoned from rows that came after the snapshots; exclude them in bank.toml, "
            f"or name those you know to be honest in training.trusted:{lines}"
        )


def hindsights(bank: Bank, snapshots: Sequence[date]) -> list[Hindsight]:
    """The columns that know what came at or after a snapshot, each with the nearest aggregate.

    `snapshots` ascend. Each column is judged at the first that tells it of enough customers.
    """
    if not _given(bank):
        return []
    bank = _of_some(bank)
    stated = cache(partial(_stated, bank))
    tables = [name for name in VALUE if name in bank.present]
    found = [one for name in tables for one in _of_table(bank, name, snapshots, stated)]
    worst: dict[str, Hindsight] = {}
    for one in found:
        nearer = one.feature not in worst or one.gap < worst[one.feature].gap - TIE
        if one.too_late and nearer:
            worst[one.feature] = one
    excused = {one.feature for one in found if one.feature in worst and one.excuses(worst[one.feature])}
    late = [one for one in worst.values() if one.feature not in excused]
    return sorted(late, key=lambda one: (one.gap, one.feature))


def _given(bank: Bank) -> list[str]:
    """The features that are the bank's own numbers, as they are stated."""
    return [
        f"{view.VIEW.name}_{column}"
        for table, view in STATED.items()
        for column, kind in bank.table(table).schema().items()
        if column not in view.CANONICAL and kind.is_numeric()
    ]


def _of_some(bank: Bank) -> Bank:
    """The bank of its first `CUSTOMERS_MOST` customers by id."""
    ids = bank.table(Table.CUSTOMERS).select(CUSTOMER_ID).distinct()
    some = ids.order_by(CUSTOMER_ID).limit(CUSTOMERS_MOST)
    fewer = {name: bank.table(name).semi_join(some, CUSTOMER_ID) for name in (*STATED, *VALUE)}
    return bank.with_tables({**bank.tables, **fewer})


def _stated(bank: Bank, day: date) -> pd.DataFrame:
    """What the bank's own numbers say as of `day`: one row a customer, one column a feature."""
    known = before(bank, day)
    one, two = (view.compute(known, day) for view in STATED.values())
    found = one.left_join(two, CUSTOMER_ID).select(CUSTOMER_ID, *_given(bank))
    frame: pd.DataFrame = found.order_by(CUSTOMER_ID).to_pandas()
    return frame.set_index(CUSTOMER_ID)


def _of_table(
    bank: Bank, name: Table, snapshots: Sequence[date], stated: Callable[[date], pd.DataFrame]
) -> Iterator[Hindsight]:
    """Each feature beside those aggregates of one table's rows, of all and of parts, that it follows.

    A snapshot before which hardly any such row came can tell traits from hindsight no better than chance: a
    later one has the say, where there is one.
    """
    table = bank.table(name)
    sorts = frequent(table, name)
    every = aggregates(table, name, sorts)
    awaited = {(column, rows) for column in _given(bank) for rows in every}
    for day in snapshots:
        if not awaited:
            return
        people = stated(day)
        known = {column: people[column].dropna() for column in sorted({column for column, _ in awaited})}
        known = {column: values for column, values in known.items() if len(values) >= CUSTOMERS_LEAST}
        near = {
            (column, rows): _near(values, part)
            for column, values in known.items()
            for rows, part in every.items()
            if (column, rows) in awaited
        }
        early = aggregates(known_before(table, name, day), name, sorts) if any(near.values()) else {}
        for (column, rows), followed in near.items():
            values, part = known[column], early.get(rows, every[rows].iloc[:0])
            enough = values.index.isin(part.index).sum() >= CUSTOMERS_LEAST
            if not followed or enough or day == snapshots[-1]:
                awaited.remove((column, rows))
                for one in followed:
                    found = _beside(values, one, day, every[rows], part)
                    yield replace(found, aggregate=told(name, rows, one))


def _near(values: pd.Series, every: pd.DataFrame) -> list[str]:
    """The aggregates of all rows that `values` follow."""
    if values.nunique() < VALUES_LEAST:
        return []
    beside = {one: _both(values, every[one]) for one in every.columns}
    return [one for one, rows in beside.items() if not _far(rows) and _gap(rows) <= GAP_MOST]


def _beside(
    values: pd.Series, aggregate: str, day: date, every: pd.DataFrame, early: pd.DataFrame
) -> Hindsight:
    """A feature's `values` beside an aggregate of all rows and of those before the day."""
    counts = [part["count"].reindex(values.index) for part in (every, early)]
    gap, gap_before = (_gap(_both(values, part[aggregate])) for part in (every, early))
    more = float(counts[0].sum() / max(counts[1].sum(), 1.0))
    customers, before = (int(count.count()) for count in counts)
    return Hindsight(str(values.name), aggregate, day, gap, gap_before, more, customers, before)


def _both(values: pd.Series, aggregate: pd.Series) -> Floats:
    """Of each customer of whom both are known these two, shape (customers, 2)."""
    rows = np.column_stack([values, aggregate.reindex(values.index)])
    both: Floats = rows[~np.isnan(rows).any(axis=1)]
    return both


def _far(rows: Floats) -> bool:
    """Whether a few of the rows show that the two are nowhere near."""
    few = rows[:: max(len(rows) // ROUGH_ROWS, 1)]
    return len(rows) < CUSTOMERS_LEAST or _less_correlated(few, 0.0) > ROUGH_GAP


def _gap(rows: Floats) -> float:
    """One less the absolute rank correlation; 1 of too few customers or of hardly any values."""
    if len(rows) < CUSTOMERS_LEAST or len(np.unique(rows[:, 0])) < VALUES_LEAST:
        return 1.0
    return _less_correlated(rows, 1.0)


def _less_correlated(rows: Floats, constant: float) -> float:
    """One less the absolute rank correlation of two columns (Spearman 1904), or that of a constant."""
    ranks = rankdata(rows, axis=0)
    if (ranks.std(axis=0) == 0).any():
        return constant
    return 1.0 - abs(float(np.corrcoef(ranks.T)[0, 1]))
