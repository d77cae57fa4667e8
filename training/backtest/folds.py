"""Walking forward: at each snapshot what was known by then trains and calibrates a model to test."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.layout import Layout
from features.progress import Progress
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.dataset import Dataset, History, Rows, arrange, number_customers, read_rows
from training.endings import endings
from training.hindsight import refuse_hindsight
from training.leaks import refuse_leaks
from training.reading import read_labels
from training.recorded import recorded_keys
from training.split import RECORDED_ON, Part, Split, customer_share, split

CELLS_MOST = 125_000_000
"""Of the matrix held in memory, 1 GB: of a larger bank as many customers as fit are drawn."""
REPEATS = 5
"""Where there is a single snapshot: so many different partitions of its customers."""


@dataclass(frozen=True)
class Past:
    """Every labelled row with its features, read once; `customers` (rows,) number the customers from 0.

    `recorded` (rows,) are the days on which labels were recorded; None where nothing says when.
    """

    rows: Rows
    customers: NDArray[np.int64]
    note: str
    recorded: pa.ChunkedArray | None = None

    @property
    def dated(self) -> pa.Table:
        """What rows are split by: their keys, and when their labels were recorded as far as is known."""
        keys = self.rows.keys
        return keys if self.recorded is None else keys.append_column(RECORDED_ON, self.recorded)

    @property
    def number(self) -> int:
        """How many customers there are."""
        return int(self.customers.max()) + 1


@dataclass(frozen=True)
class Fold:
    """One test: `name` is the test snapshot, or which partition of the customers."""

    name: str
    test: date
    split: Split

    def data(self, past: Past, seed: int) -> Dataset:
        """What this fold's model learns from."""
        return arrange(past.rows, self.split, seed=seed)

    def rows(self, past: Past, part: Part) -> Rows:
        """The rows of one part."""
        return past.rows.take(self.split.rows(part))


def read_past(spec: BankSpec, model: Model, layout: Layout, store: History, progress: Progress) -> Past:
    """Label every snapshot and read its features, of as many customers as memory allows.

    Raises GateError for the features that training refuses, of the same rows.
    """
    labels = read_labels(spec, model, layout.snapshots)
    features = layout.model_features()
    bank, trusted = open_bank(spec), spec.training.trusted
    refuse_hindsight(bank, {name for name, _ in features}, layout.snapshots, trusted)
    share = CELLS_MOST / max(labels.num_rows * len(features), 1)
    note = ""
    if share < 1:
        kept = customer_share(labels[CUSTOMER_ID], spec.training.seed) < share
        labels = labels.filter(pa.array(kept))
        note = f"of so many customers a share of {share:.1%} was drawn"
    rows = read_rows(store, layout.service_name(model), features, labels, progress)
    keys = recorded_keys(bank, model, labels)
    recorded = keys[RECORDED_ON] if RECORDED_ON in keys.column_names else None
    past = Past(rows, number_customers(rows.keys), note, recorded)
    newest = arrange(rows, split(past.dated, spec.window, spec.training.seed), seed=spec.training.seed)
    refuse_leaks(newest, endings(bank, labels), trusted)
    return past


def walk_forward(keys: pa.Table, spec: BankSpec, most: int | None = None) -> list[Fold]:
    """The folds, ascending in time, the newest `most` of them.

    Where no snapshot can be tested with both training and calibration before it, calibration takes other
    customers; with a single usable snapshot its customers are parted in `REPEATS` ways.
    """
    days = sorted(keys[SNAPSHOT_DATE].unique().to_pylist())
    seed = spec.training.seed
    every = [(day, split(keys, spec.window, seed, test=day)) for day in days]
    for kind in ("time", "time and customers"):
        found = [Fold(str(day), day, parts) for day, parts in every if parts.kind == kind]
        if found:
            return found[-most:] if most else found
    newest = [split(keys, spec.window, seed + repeat) for repeat in range(min(most or REPEATS, REPEATS))]
    return [Fold(f"customers {repeat + 1}", days[-1], parts) for repeat, parts in enumerate(newest)]


def folds_within(keys: pa.Table, spec: BankSpec) -> list[Fold]:
    """The folds among the rows that `train` learns from, as splits of all rows: what tuning may test on."""
    learnt = np.flatnonzero(split(keys, spec.window, spec.training.seed).learnt)
    inner = walk_forward(keys.take(learnt), spec)
    return [replace(fold, split=fold.split.among(learnt, keys.num_rows)) for fold in inner]
