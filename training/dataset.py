"""Labelled rows with their features, read as of their snapshots through the feature store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.contract import FeatureColumn, encode
from features.progress import Progress
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.sample import HELD_BACK_ROWS_MOST, TRAIN_ROWS_MOST, training_sample, uniform_sample
from training.split import PARTS, Part, Split

Floats = NDArray[np.float64]
Feature = tuple[str, str]
"""A feature's name, and whether it is a "number" or a "text"."""

CATEGORIES_MOST = 200
CATEGORY_CUSTOMERS_LEAST = 10
"""Values of fewer count as unknown: too few to learn from, and a model's file names nobody."""

BATCH_ROWS = 100_000


class History(Protocol):
    """The part of the feature store that training reads."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        """Features of (customer_id, snapshot_date) rows: as many rows, in the same order."""
        ...


@dataclass(frozen=True)
class Examples:
    """Rows to learn from or to test on.

    `matrix` has shape (rows, columns), as `encode` gives it; `labels` (rows, heads): 1.0, 0.0, or NaN where
    there is nothing to predict; `weights` (rows,): how many of the bank's rows each stands for.
    """

    keys: pa.Table
    matrix: Floats
    labels: Floats
    weights: Floats

    def slice(self, start: int, stop: int) -> "Examples":
        """Some of the rows, sharing memory."""
        rows = slice(start, stop)
        return Examples(
            self.keys.slice(start, stop - start), self.matrix[rows], self.labels[rows], self.weights[rows]
        )

    def take(self, places: NDArray[np.int64]) -> "Examples":
        """Some of the rows, copied, in this order."""
        return Examples(
            self.keys.take(pa.array(places)), self.matrix[places], self.labels[places], self.weights[places]
        )

    def with_rows_of(self, other: "Examples") -> "Examples":
        """These rows, and then another's with the same columns, copied."""
        return Examples(
            pa.concat_tables([self.keys, other.keys]),
            np.concatenate([self.matrix, other.matrix]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.weights, other.weights]),
        )


@dataclass(frozen=True)
class Dataset:
    """What a model learns from, is calibrated on and tested with.

    `everything` holds the parts one after another, as `PARTS` orders them; `sizes` are their rows.
    """

    columns: tuple[FeatureColumn, ...]
    heads: tuple[str, ...]
    everything: Examples
    sizes: tuple[int, ...]

    @property
    def train(self) -> Examples:
        """Rows to fit a first booster on."""
        return self.part(Part.TRAIN)

    @property
    def calibrate(self) -> Examples:
        """Rows that stop its growth and calibrate it."""
        return self.part(Part.CALIBRATE)

    @property
    def test(self) -> Examples:
        """Rows that no booster saw when they were answered."""
        return self.part(Part.TEST)

    @property
    def learnt(self) -> Examples:
        """All rows but those of the test: what had come true by then."""
        return self.everything.slice(0, len(self.everything.labels) - self.sizes[-1])

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each part has that has any."""
        return {part.name.lower(): size for part, size in zip(PARTS, self.sizes, strict=True) if size}

    def part(self, part: Part) -> Examples:
        """The rows of one part, sharing memory."""
        place = PARTS.index(part)
        start = sum(self.sizes[:place])
        return self.everything.slice(start, start + self.sizes[place])


@dataclass(frozen=True)
class Rows:
    """Labelled rows as the store gives them, before it is decided which rows train.

    `matrix` has shape (rows, features), NaN where a feature is a text; `labels` (rows, heads), as in
    `Examples`.
    """

    features: tuple[Feature, ...]
    heads: tuple[str, ...]
    keys: pa.Table
    matrix: Floats
    texts: pa.Table
    labels: Floats

    def take(self, places: NDArray[np.int64]) -> "Rows":
        """Some of the rows, copied."""
        matrix, labels = self.matrix[places], self.labels[places]
        return replace(
            self, keys=self.keys.take(places), texts=self.texts.take(places), matrix=matrix, labels=labels
        )

    def encoded(self, columns: Sequence[FeatureColumn]) -> Floats:
        """The matrix with its texts as the codes of `columns`, shape (rows, columns)."""
        matrix = self.matrix.copy()
        _fill_codes(matrix, self.texts, columns)
        return matrix


def number_customers(keys: pa.Table) -> NDArray[np.int64]:
    """Each row's customer as a number from 0, in order of first appearance."""
    coded = keys[CUSTOMER_ID].combine_chunks().dictionary_encode()
    return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def assemble(
    store: History,
    service: str,
    features: Sequence[Feature],
    labels: pa.Table,
    split: Split,
    *,
    seed: int,
    progress: Progress,
) -> Dataset:
    """Read the features of labelled rows (customer_id, snapshot_date, one column a head), part by part.

    Of more rows than training can hold a weighted sample is read. The values a text may take are those of
    training.
    """
    parts = _parts(split, _outcome(labels), seed)
    chosen = labels.take(np.concatenate([rows for rows, _ in parts]))
    return _dataset(read_rows(store, service, features, chosen, progress), parts)


def arrange(rows: Rows, split: Split, *, seed: int) -> Dataset:
    """The same as `assemble` of rows that were read already; `split` is of these."""
    parts = _parts(split, rows.labels, seed)
    return _dataset(rows.take(np.concatenate([places for places, _ in parts])), parts)


def read_rows(
    store: History, service: str, features: Sequence[Feature], labels: pa.Table, progress: Progress
) -> Rows:
    """Read the features of all labelled rows (customer_id, snapshot_date, one column a head)."""
    keys = labels.select([CUSTOMER_ID, SNAPSHOT_DATE])
    matrix, texts = _read(store, service, keys, features, progress)
    return Rows(tuple(features), _heads(labels), keys, matrix, texts, _outcome(labels))


def _heads(labels: pa.Table) -> tuple[str, ...]:
    return tuple(name for name in labels.column_names if name not in (CUSTOMER_ID, SNAPSHOT_DATE))


def _outcome(labels: pa.Table) -> Floats:
    return np.column_stack([labels[head].to_numpy() for head in _heads(labels)]).astype(np.float64)


def _parts(split: Split, outcome: Floats, seed: int) -> list[tuple[NDArray[np.int64], Floats]]:
    """The rows of each part, and how many of the bank's rows each stands for."""
    return [
        _sampled(split.rows(Part.TRAIN), outcome, TRAIN_ROWS_MOST, seed),
        _sampled(split.rows(Part.BETWEEN), outcome, HELD_BACK_ROWS_MOST, seed),
        *(_held_back(split.rows(part), seed) for part in (Part.CALIBRATE, Part.TEST)),
    ]


def _dataset(rows: Rows, parts: Sequence[tuple[NDArray[np.int64], Floats]]) -> Dataset:
    sizes = tuple(len(places) for places, _ in parts)
    columns = _columns(rows.features, rows.texts.slice(0, sizes[0]), rows.keys.slice(0, sizes[0]))
    _fill_codes(rows.matrix, rows.texts, columns)
    weights = np.concatenate([weights for _, weights in parts])
    return Dataset(columns, rows.heads, Examples(rows.keys, rows.matrix, rows.labels, weights), sizes)


def _sampled(
    rows: NDArray[np.int64], outcome: Floats, most: int, seed: int
) -> tuple[NDArray[np.int64], Floats]:
    return training_sample(rows, (outcome[rows] == 1).any(axis=1), most, seed)


def _held_back(rows: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], Floats]:
    chosen = uniform_sample(rows, HELD_BACK_ROWS_MOST, seed)
    return chosen, np.full(len(chosen), len(rows) / max(len(chosen), 1))


def _read(
    store: History, service: str, keys: pa.Table, features: Sequence[Feature], progress: Progress
) -> tuple[Floats, pa.Table]:
    """The numbers as a matrix of shape (rows, features), NaN in a text's column, and the texts as a table."""
    numbers = tuple(FeatureColumn(name=name) for name, kind in features if kind == "number")
    places = [place for place, (_, kind) in enumerate(features) if kind == "number"]
    texts = pa.schema([(name, pa.string()) for name, kind in features if kind == "text"])
    matrix = np.full((keys.num_rows, len(features)), np.nan)
    parts = []
    for start in range(0, keys.num_rows, BATCH_ROWS):
        batch = store.historical(service, keys.slice(start, BATCH_ROWS))
        stop = start + batch.num_rows
        matrix[start:stop, places] = encode(batch, numbers)
        parts.append(batch.select(texts.names).cast(texts))
        progress("reading features", stop, keys.num_rows)
    return matrix, pa.concat_tables(parts)


def _columns(features: Sequence[Feature], texts: pa.Table, keys: pa.Table) -> tuple[FeatureColumn, ...]:
    customers = keys[CUSTOMER_ID]
    return tuple(
        FeatureColumn(name=name, categories=_frequent(texts[name], customers) if kind == "text" else None)
        for name, kind in features
    )


def _frequent(values: pa.ChunkedArray, customers: pa.ChunkedArray) -> tuple[str, ...]:
    """The values of enough customers, those with the most rows first, equally frequent ones by name."""
    told = pa.table({"value": values, CUSTOMER_ID: customers}).drop_null()
    counts = told.group_by("value").aggregate([([], "count_all"), (CUSTOMER_ID, "count_distinct")])
    frequent = counts.filter(pc.field(f"{CUSTOMER_ID}_count_distinct") >= CATEGORY_CUSTOMERS_LEAST)
    ordered = frequent.sort_by([("count_all", "descending"), ("value", "ascending")])
    return tuple(ordered["value"].to_pylist()[:CATEGORIES_MOST])


def _fill_codes(matrix: Floats, texts: pa.Table, columns: Sequence[FeatureColumn]) -> None:
    places = [place for place, column in enumerate(columns) if column.categories is not None]
    if places:
        matrix[:, places] = encode(texts, tuple(columns[place] for place in places))
