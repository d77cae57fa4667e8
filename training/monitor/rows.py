"""Customers at a snapshot as a champion sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.contract import encode
from features.layout import DECISION, Layout, partition
from features.offered import not_offered
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.dataset import BATCH_ROWS, History
from training.labels.labelled import label_matrix
from training.split import customer_share
from training.stored import StoredModel

Floats = NDArray[np.float64]

CUSTOMERS_MOST = 20_000
"""Of a snapshot, drawn by a hash of their ids: more tell hardly more."""
HOLDINGS = "holdings_count"


@dataclass(frozen=True)
class Seen:
    """Rows of one or more snapshots.

    `customers` (rows,) are ids as texts; `matrix` (rows, columns) is what the model reads; `scores`
    (rows, heads) what it says, NaN where there is nothing to predict: the product is held, or for others.
    """

    customers: NDArray[np.str_]
    matrix: Floats
    scores: Floats

    def take(self, places: NDArray[np.int64]) -> "Seen":
        """Some of the rows, copied, in this order."""
        return Seen(self.customers[places], self.matrix[places], self.scores[places])

    @property
    def number(self) -> int:
        """How many customers there are."""
        return len(np.unique(self.customers))


def customers_at(spec: BankSpec, layout: Layout, day: date, most: int) -> pa.Table:
    """Draw at most so many of the customers known at a built snapshot: customer_id, snapshot_date.

    The same customers are drawn at every snapshot that has them.
    """
    # Every view's partition has a row for each customer.
    path = partition(spec.state, layout.views[0].name, day)
    people = pq.read_table(path, columns=[CUSTOMER_ID])
    if people.num_rows > most:
        share = customer_share(people[CUSTOMER_ID], spec.training.seed)
        people = people.take(np.sort(np.argpartition(share, most)[:most]))
    return people.append_column(SNAPSHOT_DATE, pa.repeat(pa.scalar(day, pa.date32()), people.num_rows))


def read_days(
    spec: BankSpec, layout: Layout, store: History, most: Mapping[date, int]
) -> dict[date, pa.Table]:
    """Customers of built snapshots, at most so many of each, with every feature (customer_id besides)."""
    keys = {day: customers_at(spec, layout, day, number) for day, number in most.items()}
    every, service = pa.concat_tables(keys.values()), layout.service_name(DECISION)
    parts = [
        store.historical(service, every.slice(start, BATCH_ROWS))
        for start in range(0, every.num_rows, BATCH_ROWS)
    ]
    names = [name for name, _ in layout.service_features(DECISION)]
    features = pa.concat_tables([part.select(names) for part in parts])
    whole = features.append_column(CUSTOMER_ID, every[CUSTOMER_ID])
    starts = np.cumsum([0, *(table.num_rows for table in keys.values())])
    return {
        day: whole.slice(start, keys[day].num_rows) for day, start in zip(keys, starts.tolist(), strict=False)
    }


def see(features: pa.Table, model: StoredModel, *, holders: bool = False) -> Seen:
    """Encode and score rows of features; one that is no longer built counts as unknown, and nobody is scored:
    serving refuses to.

    With `holders` only customers who hold something, where holdings are known at all: the others have left,
    and there are more of them at every snapshot.
    """
    gone = not_built(features, model)
    features = _with_all(features, gone)
    matrix = encode(features, model.columns)
    scores = np.where(_not_offered(features, model), np.nan, model.predict(matrix))
    if gone:
        scores[:] = np.nan
    customers = features[CUSTOMER_ID].cast(pa.string()).to_numpy(zero_copy_only=False).astype(str)
    seen = Seen(customers, matrix, scores)
    return seen.take(holding(features)) if holders else seen


def labelled(features: pa.Table, labels: pa.Table, day: date, model: StoredModel) -> tuple[Seen, Floats]:
    """Those of one snapshot's `features` who are labelled there, and what came true (rows, heads)."""
    rows = labels.filter(pc.equal(labels[SNAPSHOT_DATE], pa.scalar(day, pa.date32())))
    place = pc.index_in(features[CUSTOMER_ID], rows[CUSTOMER_ID].combine_chunks())
    there = np.flatnonzero(place.is_valid().to_numpy())
    truth = label_matrix(rows.take(place.drop_null()), [head.name for head in model.heads])
    return see(features.take(there), model), truth


def not_built(features: pa.Table, model: StoredModel) -> list[str]:
    """The features that the model was trained on and that are built no more."""
    built = set(features.column_names)
    return [name for name in model.contract.features if name not in built]


def joined(parts: Sequence[Seen]) -> Seen:
    """One after the other."""
    return Seen(
        np.concatenate([one.customers for one in parts]),
        np.concatenate([one.matrix for one in parts]),
        np.concatenate([one.scores for one in parts]),
    )


def _with_all(features: pa.Table, gone: Sequence[str]) -> pa.Table:
    """The table with a column of nulls for each that is gone."""
    for name in gone:
        features = features.append_column(name, pa.nulls(features.num_rows, pa.float64()))
    return features


def _not_offered(features: pa.Table, model: StoredModel) -> NDArray[np.bool_]:
    """Whether a head is about a product that the customer cannot be offered, shape (rows, heads)."""
    return np.column_stack([not_offered(features, head.name, head.kinds) for head in model.contract.heads])


def holding(features: pa.Table) -> NDArray[np.int64]:
    """The rows of customers who hold something; all where nobody does, or holdings are not known."""
    every = np.arange(features.num_rows)
    if HOLDINGS not in features.column_names:
        return every
    there = np.nan_to_num(features[HOLDINGS].to_numpy().astype(np.float64), nan=1.0) > 0
    return np.flatnonzero(there) if there.any() else every
