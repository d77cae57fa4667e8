"""What a model answered on its test rows and what came true, kept with it: without anybody's id."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.vocabulary import SNAPSHOT_DATE
from training.dataset import Examples, number_customers

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

ANSWERS_FILE = "answers.parquet"
CUSTOMER, LABEL, ANSWER, GROUP = "customer", "label.", "answer.", "group."
BASE_RATES = b"base_rates"


@dataclass(frozen=True)
class Answers:
    """Calibrated probabilities beside labels, both of shape (rows, heads), NaN labels unknown.

    `customer` (rows,) numbers customers from 0: who they are is not kept. `snapshot` (rows,) are ISO dates.
    `base_rates` (heads,) are what would be answered without a model. `groups` tell each row's tier, kind and
    sensitive columns, (rows,) each.
    """

    heads: tuple[str, ...]
    customer: NDArray[np.int64]
    snapshot: Texts
    labels: Floats
    probabilities: Floats
    base_rates: Floats
    groups: Mapping[str, Texts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: NDArray[np.bool_]) -> "Answers":
        """The rows where `rows` (rows,) is true."""
        return replace(
            self,
            customer=self.customer[rows],
            snapshot=self.snapshot[rows],
            labels=self.labels[rows],
            probabilities=self.probabilities[rows],
            groups={name: values[rows] for name, values in self.groups.items()},
        )


def answers(
    heads: tuple[str, ...],
    examples: Examples,
    probabilities: Floats,
    base_rates: Floats,
    groups: Mapping[str, Texts],
) -> Answers:
    """What was answered on `examples`."""
    return Answers(
        heads,
        number_customers(examples.keys),
        _texts(examples.keys[SNAPSHOT_DATE].cast(pa.string())),
        examples.labels,
        probabilities,
        base_rates,
        groups,
    )


def write_answers(found: Answers, path: Path) -> None:
    """As a Parquet file."""
    columns: dict[str, pa.Array] = {
        CUSTOMER: pa.array(found.customer),
        SNAPSHOT_DATE: pa.array(found.snapshot, pa.string()).dictionary_encode(),
    }
    for place, head in enumerate(found.heads):
        columns[f"{LABEL}{head}"] = pa.array(found.labels[:, place])
        columns[f"{ANSWER}{head}"] = pa.array(found.probabilities[:, place])
    for name, values in found.groups.items():
        columns[f"{GROUP}{name}"] = pa.array(values, pa.string()).dictionary_encode()
    table = pa.table(columns)
    rates = json.dumps(found.base_rates.tolist()).encode()
    pq.write_table(table.replace_schema_metadata({BASE_RATES: rates}), path)


def read_answers(path: Path) -> Answers:
    """What `write_answers` wrote."""
    table = pq.read_table(path)
    heads = tuple(name.removeprefix(LABEL) for name in table.column_names if name.startswith(LABEL))
    grouped = [name for name in table.column_names if name.startswith(GROUP)]
    return Answers(
        heads,
        table[CUSTOMER].to_numpy(),
        _texts(table[SNAPSHOT_DATE].cast(pa.string())),
        _matrix(table, LABEL, heads),
        _matrix(table, ANSWER, heads),
        np.array(json.loads(table.schema.metadata[BASE_RATES]), dtype=np.float64),
        {name.removeprefix(GROUP): _texts(table[name].cast(pa.string())) for name in grouped},
    )


def _matrix(table: pa.Table, prefix: str, heads: tuple[str, ...]) -> Floats:
    columns = [table[f"{prefix}{head}"].to_numpy() for head in heads]
    return np.column_stack(columns) if columns else np.empty((table.num_rows, 0))


def _texts(values: pa.ChunkedArray) -> Texts:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=object)
