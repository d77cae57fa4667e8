"""Which rows tested a model: known by a hash, since who they are of is not kept with it, and found again."""

import hashlib
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.labels.labelled import label_matrix
from training.sample import HELD_BACK_ROWS_MOST, uniform_sample
from training.split import Part, split

Floats = NDArray[np.float64]


def identity(keys: pa.Table, labels: Floats) -> str:
    """A hash of rows and their labels: metrics with the same one can be compared."""
    batches = keys.combine_chunks().to_batches()
    content = b"".join(batch.serialize().to_pybytes() for batch in batches)
    return hashlib.sha256(content + np.ascontiguousarray(labels).tobytes()).hexdigest()


def rows_that_tested(
    spec: BankSpec, labels: pa.Table, heads: tuple[str, ...], tested_on: str, newest: date
) -> pa.Table | None:
    """The rows of `labels` that tested a model, in their order, `newest` being the last snapshot among them.

    None where the same parting leads to other rows or labels than the hash `tested_on` tells: the bank, its
    labels or its settings have changed.
    """
    if newest not in labels[SNAPSHOT_DATE].to_pylist():
        return None
    parts = split(labels, spec.window, spec.training.seed, test=newest)
    rows = labels.take(uniform_sample(parts.rows(Part.TEST), HELD_BACK_ROWS_MOST, spec.training.seed))
    found = identity(rows.select([CUSTOMER_ID, SNAPSHOT_DATE]), label_matrix(rows, heads))
    return rows if found == tested_on else None
