"""Scores: what every customer is about to do, as a table, and for a whole bank as a file."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

from features.errors import BadInputError
from features.layout import DECISION, Layout, load_layout, partition
from features.offered import not_offered
from features.partitions import require_whole
from features.progress import Progress
from features.question import question_asked
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, PROPENSITY_PREFIX, SNAPSHOT_DATE, TIER, UPLIFT_PREFIX, Model
from serving.models import ALL_THREADS, ONE_THREAD, ScoringModel
from serving.outputs import require_writable
from serving.registry import load_models

CROSS_SELL = "cross_sell:"
MODEL_VERSIONS = "model_versions"
EXPECTED: Final = (Model.CHURN, Model.PROPENSITY)
"""Without these, actions are not scored; uplift only makes them better where contacts were randomised."""
CHUNK_ROWS = 100_000
WRITERS: Final[dict[str, Callable[..., Any]]] = {".parquet": pq.ParquetWriter, ".csv": csv.CSVWriter}


@dataclass(frozen=True)
class Scored:
    """A finished score file; `missing` are the models without a champion, whose columns it lacks.

    `notes` are what else to know of its scores.
    """

    path: Path
    rows: int
    model_versions: str
    missing: tuple[Model, ...]
    notes: tuple[str, ...] = ()


def model_versions(models: Sequence[ScoringModel]) -> str:
    """The versions in one string: "churn/3, propensity/2"."""
    return ", ".join(model.version for model in models)


def score_table(features: pa.Table, models: Sequence[ScoringModel], threads: int = ONE_THREAD) -> pa.Table:
    """One row per row of `features`, in its order.

    Columns: customer_id, snapshot_date, churn and one propensity_<product> per product (probabilities of the
    model's label window), one uplift_<action> per action that contacts at random told of (of not leaving,
    or of opening), tier, model_versions. A model that is not there leaves its columns out. What is said of
    opening a product that the customer held at the snapshot, or that is for other kinds, is null.

    Raises BadInputError naming the columns that `features` lacks.
    """
    columns = {CUSTOMER_ID: features[CUSTOMER_ID], SNAPSHOT_DATE: features[SNAPSHOT_DATE]}
    for model in models:
        kinds = model.kinds
        for head, probability in model.predict(features, threads).items():
            columns |= _score_column(model.name, head, probability, features, kinds.get(head, ()))
    columns[TIER] = features[TIER]
    versions = pa.repeat(model_versions(models), features.num_rows)
    return pa.table({**columns, MODEL_VERSIONS: versions})


def _score_column(
    model: Model,
    head: str,
    probability: NDArray[np.float64],
    features: pa.Table,
    kinds: Collection[str],
) -> dict[str, pa.Array]:
    if model is Model.CHURN:
        return {head: pa.array(probability)}
    prefix = UPLIFT_PREFIX if model is Model.UPLIFT else PROPENSITY_PREFIX
    mask = not_offered(features, head.removeprefix(CROSS_SELL), kinds)
    return {f"{prefix}{head}": pa.array(probability, mask=mask)}


def score_bank(spec: BankSpec, snapshot: date, out: Path, progress: Progress) -> Scored:
    """Score every customer known at `snapshot` into `out`, a .parquet or .csv file, replaced whole.

    Features come by Feast's historical retrieval, in chunks. See `score_table` for the columns.

    Raises BadInputError for another suffix, a place that cannot be written, a snapshot that is not built, or
    a bank without a champion.
    """
    check_suffix(out)
    require_writable(out)
    layout = load_layout(spec)
    require_built(layout.snapshots, snapshot)
    models = champions(spec, layout)
    from features.store import open_store  # takes seconds: after what may be refused

    store = open_store(spec, layout)
    customers = population(spec, layout, snapshot)
    chunks = store.historical_batches(store.service_name(DECISION), customers, CHUNK_ROWS)
    scored = (score_table(features, models, ALL_THREADS) for features in chunks)
    rows = write_aside(out, told(scored, customers.num_rows, progress))
    trained = {model.name for model in models}
    missing = tuple(model for model in EXPECTED if model not in trained)
    return Scored(out, rows, model_versions(models), missing, question_notes(spec, models))


def champions(spec: BankSpec, layout: Layout) -> tuple[ScoringModel, ...]:
    """The bank's champions, able to score the features that are built.

    Raises BadInputError if there is none, or naming the features that one was trained on and that are gone.
    """
    models = load_models(spec)
    for model in models:
        layout.require_features(model.contract.features, model.version)
    return models


def question_notes(spec: BankSpec, models: Sequence[ScoringModel]) -> tuple[str, ...]:
    """A note a model that answers another question than bank.toml asks."""
    asked = {model.version: question_asked(spec, model.name) for model in models}
    return tuple(
        f"{model.version} answers for {model.contract.question}, bank.toml asks for {asked[model.version]}: "
        "train again"
        for model in models
        if model.contract.question.differs(asked[model.version])
    )


def check_suffix(out: Path) -> None:
    """Refuse a file whose form its name does not tell.

    Raises BadInputError.
    """
    if out.suffix not in WRITERS:
        raise BadInputError(f"{out}: expected a name ending in {' or '.join(WRITERS)}")
    if out.is_dir():
        raise BadInputError(f"{out}: expected a file, found a folder")


def require_built(built: Sequence[date], snapshot: date) -> None:
    """Refuse a snapshot whose features are not built.

    Raises BadInputError naming the nearest one that is.
    """
    if snapshot not in built:
        nearest = min(built, key=lambda one: abs(one - snapshot))
        raise BadInputError(
            f"snapshot {snapshot}: no features are built; the nearest with features is {nearest}. Choose it, "
            "or add the date to bank.toml's [snapshots] and run `nextbest features`"
        )


def population(spec: BankSpec, layout: Layout, snapshot: date) -> pa.Table:
    """Every customer known at a built snapshot: customer_id, snapshot_date.

    Raises BadInputError where a partition has been removed or cut short.
    """
    require_whole(spec, layout, [snapshot])
    # Every view's partition has a row for each customer.
    ids = pq.read_table(partition(spec.state, layout.views[0].name, snapshot), columns=[CUSTOMER_ID])
    return ids.append_column(SNAPSHOT_DATE, pa.repeat(pa.scalar(snapshot, pa.date32()), ids.num_rows))


def told(tables: Iterable[pa.Table], total: int, progress: Progress) -> Iterator[pa.Table]:
    """The same tables, reported as they pass."""
    done = 0
    progress("score", done, total)
    for table in tables:
        yield table
        done += table.num_rows
        progress("score", done, total)


def write_aside(out: Path, tables: Iterable[pa.Table]) -> int:
    """Write one or more tables to one file beside `out`, then rename: `out` is whole or as it was.

    Returns the number of rows.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".{out.name}.{os.getpid()}.partial")
    upcoming = iter(tables)
    first = next(upcoming)
    try:
        # Opened by Python, whose errors name the file.
        with aside.open("wb") as sink, WRITERS[out.suffix](sink, first.schema) as writer:
            rows = sum(_write(writer, table) for table in chain((first,), upcoming))
        aside.replace(out)
    finally:
        aside.unlink(missing_ok=True)
    return rows


def _write(writer: Any, table: pa.Table) -> int:
    writer.write_table(table)
    return int(table.num_rows)
