"""Columns that a bank states of its customers and that were reckoned from what came after a snapshot.

A customer's mean over all time is the same at every snapshot and gives the future away at each, in a column
without a date as in a row dated early. No outcome betrays it for certain, but the bank's own rows do: with
those that came later they give the column again, and without them they do not (Kaufman et al. 2012, "Leakage
in data mining", section 3.1: what is legitimate is a matter of time).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import rankdata

from features.bank import Bank
from features.errors import GateError
from features.point_in_time import EVENT, before, known_before
from features.views import attributes, customer
from features.vocabulary import CUSTOMER_ID, Table

VALUE: Final = {Table.TRANSACTIONS: "amount", Table.BALANCES: "balance", Table.INTERACTIONS: None}
STATED: Final = {Table.CUSTOMERS: customer, Table.ATTRIBUTES: attributes}
"""Tables that may state anything of a customer, and the views that read them."""

CUSTOMERS_MOST, CUSTOMERS_LEAST, VALUES_LEAST = 20_000, 100, 3
GAP_MOST = 0.01
"""One less the rank correlation: nearer than that a column is an aggregate, noise and rounding allowed."""
HONEST_TIMES = 3.0
"""A trait that rows only hint at is nearer to more of them, by as much as there are more; thrice may be."""
TIE = 1e-9


@dataclass(frozen=True)
class Hindsight:
    """A feature that is an aggregate of a table's rows, those at or after the snapshot `day` included.

    `gap` and `gap_before`: one less the rank correlation with the aggregate of all rows, of those before.
    """

    feature: str
    aggregate: str
    day: date
    gap: float
    gap_before: float


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
    worst: dict[str, Hindsight] = {}
    for name in VALUE:
        if name in bank.present:
            for one in _of_table(bank, name, snapshots, stated):
                if one.feature not in worst or one.gap < worst[one.feature].gap - TIE:
                    worst[one.feature] = one
    return sorted(worst.values(), key=lambda one: (one.gap, one.feature))


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
    """Each feature beside the aggregates of one table's rows.

    A snapshot before which hardly any row came can tell traits from hindsight no better than chance: a later
    one has the say, where there is one.
    """
    table, awaited = bank.table(name), set(_given(bank))
    every = _aggregates(table, name)
    for day in snapshots:
        if not awaited:
            return
        people = stated(day)
        told = sorted(column for column in awaited if people[column].count() >= CUSTOMERS_LEAST)
        early = _aggregates(known_before(table, name, day), name) if told else every
        for column in told:
            values = people[column].dropna()
            if values.index.isin(early.index).sum() >= CUSTOMERS_LEAST or day == snapshots[-1]:
                awaited.remove(column)
                yield from _compared(values, name, day, every, early)


def _compared(
    values: pd.Series, name: Table, day: date, every: pd.DataFrame, early: pd.DataFrame
) -> Iterator[Hindsight]:
    """The aggregates that `values` follow with the later rows and not without them."""
    every, early = every.reindex(values.index), early.reindex(values.index)
    more = float(every["count"].sum() / max(early["count"].sum(), 1.0))
    for aggregate in every.columns:
        gap, gap_before = (_gap(values, one[aggregate]) for one in (every, early))
        if gap <= GAP_MOST and gap_before > GAP_MOST + HONEST_TIMES * more * gap:
            yield Hindsight(str(values.name), _told(name, aggregate), day, gap, gap_before)


def _aggregates(table: ir.Table, name: Table) -> pd.DataFrame:
    """Per customer what may be said of all of a table's rows, the count among it."""
    value, day = VALUE[name], table[EVENT[name]]
    said: dict[str, ir.Value] = {"count": table.count().cast("float64")}
    if value is not None:
        column = table[value]
        said |= {"mean": column.mean(), "sum": column.sum(), "min": column.min(), "max": column.max()}
        said["last"] = column.argmax(day)
        said["sum of credits"] = ibis.greatest(column, 0.0).sum()
        said["sum of debits"] = ibis.least(column, 0.0).sum()
    found: pd.DataFrame = table.group_by(CUSTOMER_ID).aggregate(**said).to_pandas()
    return found.set_index(CUSTOMER_ID)


def _told(name: Table, aggregate: str) -> str:
    value = VALUE[name]
    return f"the {aggregate} of {name}" + (f".{value}" if value and aggregate != "count" else "")


def _gap(one: pd.Series, two: pd.Series) -> float:
    """One less the absolute rank correlation (Spearman 1904); 1 of too few customers or a constant."""
    rows = pd.concat([one, two], axis=1).dropna().to_numpy()
    if len(rows) < CUSTOMERS_LEAST or len(np.unique(rows[:, 0])) < VALUES_LEAST:
        return 1.0
    ranks = rankdata(rows, axis=0)
    if (ranks.std(axis=0) == 0).any():
        return 1.0
    return 1.0 - abs(float(np.corrcoef(ranks.T)[0, 1]))
