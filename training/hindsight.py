"""Columns of `customers`, which carry no date, that were reckoned from what came after a snapshot.

A customer's mean over all time is the same at every snapshot and gives the future away at each. No outcome
betrays it for certain, but the bank's own rows do: with those that came later they give the column again, and
without them they do not (Kaufman et al. 2012, "Leakage in data mining", section 3.1: what is legitimate is a
matter of time).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import rankdata

from features.bank import Bank
from features.columns import COLUMNS
from features.errors import GateError
from features.point_in_time import EVENT, known_before
from features.vocabulary import CUSTOMER_ID, Table

VALUE: Final = {Table.TRANSACTIONS: "amount", Table.BALANCES: "balance", Table.INTERACTIONS: None}
FEATURE: Final = "customer_"

CUSTOMERS_MOST, CUSTOMERS_LEAST, VALUES_LEAST = 20_000, 100, 3
GAP_MOST = 0.01
"""One less the rank correlation: nearer than that a column is an aggregate, noise and rounding allowed."""
HONEST_TIMES = 3.0
"""A trait that rows only hint at is nearer to more of them, by as much as there are more; thrice may be."""
TIE = 1e-9


@dataclass(frozen=True)
class Hindsight:
    """A feature that is an aggregate of a table's rows, those at or after a snapshot included.

    `gap` and `gap_before`: one less the rank correlation with the aggregate of all rows, of those before.
    """

    feature: str
    aggregate: str
    gap: float
    gap_before: float


def refuse_hindsight(bank: Bank, features: Collection[str], first: date, trusted: Collection[str]) -> None:
    """Refuse undated columns among `features` that know rows at or after the `first` snapshot.

    Raises GateError naming each, and the aggregate that it is.
    """
    found = [one for one in hindsights(bank, first) if one.feature in features and one.feature not in trusted]
    if found:
        lines = "".join(
            f"\n  {one.feature} is {one.aggregate} over all time (rank correlation {1 - one.gap:.4f}; "
            f"{1 - one.gap_before:.4f} with the rows before {first})"
            for one in found
        )
        raise GateError(
            "these columns of customers carry no date and were reckoned from rows that came after the "
            "snapshots; exclude them in bank.toml, or name those you know to be honest in "
            f"training.trusted:{lines}"
        )


def hindsights(bank: Bank, first: date) -> list[Hindsight]:
    """The undated columns that know what came at or after `first`, each with the nearest aggregate."""
    columns = _columns(bank)
    if not columns:
        return []
    customers = bank.table(Table.CUSTOMERS)
    known = customers.select(CUSTOMER_ID, **{name: customers[name].cast("float64") for name in columns})
    people = known.order_by(CUSTOMER_ID).limit(CUSTOMERS_MOST).to_pandas().set_index(CUSTOMER_ID)
    worst: dict[str, Hindsight] = {}
    for name in VALUE:
        if name in bank.present:
            for one in _of_table(bank, name, people, first):
                if one.feature not in worst or one.gap < worst[one.feature].gap - TIE:
                    worst[one.feature] = one
    return sorted(worst.values(), key=lambda one: (one.gap, one.feature))


def _columns(bank: Bank) -> list[str]:
    table = bank.table(Table.CUSTOMERS)
    ours = {column.name for column in COLUMNS[Table.CUSTOMERS]}
    return [name for name in table.columns if name not in ours and table[name].type().is_numeric()]


def _of_table(bank: Bank, name: Table, people: pd.DataFrame, first: date) -> Iterator[Hindsight]:
    table = bank.table(name)
    every = _aggregates(table, name).reindex(people.index)
    early = _aggregates(known_before(table, name, first), name).reindex(people.index)
    more = float(every["count"].sum() / max(early["count"].sum(), 1.0))
    for aggregate in every.columns:
        for column in people.columns:
            rows = pd.concat([people[column], every[aggregate], early[aggregate]], axis=1).dropna().to_numpy()
            if len(rows) < CUSTOMERS_LEAST or len(np.unique(rows[:, 0])) < VALUES_LEAST:
                continue
            gap, before = _gap(rows[:, 0], rows[:, 1]), _gap(rows[:, 0], rows[:, 2])
            if gap <= GAP_MOST and before > GAP_MOST + HONEST_TIMES * more * gap:
                yield Hindsight(f"{FEATURE}{column}", _told(name, aggregate), gap, before)


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


def _gap(one: np.ndarray, two: np.ndarray) -> float:
    """One less the absolute rank correlation (Spearman 1904); 1 where either is constant."""
    ranks = np.array([rankdata(one), rankdata(two)])
    if (ranks.std(axis=1) == 0).any():
        return 1.0
    return 1.0 - abs(float(np.corrcoef(ranks)[0, 1]))
