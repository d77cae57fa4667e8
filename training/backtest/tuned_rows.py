"""Which rows tuning tested on: what is told of them is optimistic, whatever their fold is called."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import BankSpec
from features.vocabulary import SNAPSHOT_DATE, Model
from training.backtest.folds import folds_within
from training.split import Part
from training.tuned import Tuned, read_tuned

Flags = NDArray[np.bool_]


def tuned_rows(keys: pa.Table, spec: BankSpec, model: Model) -> Flags:
    """Which rows (customer_id, snapshot_date) chose a model's parameters by their outcomes, shape (rows,).

    None without tuning. Raises BadInputError when what tuning chose cannot be read.
    """
    tuned = read_tuned(spec, model)
    if tuned is None:
        return np.zeros(keys.num_rows, np.bool_)
    # A fold in time is called after its snapshot and tests all of it.
    return np.isin(_days(keys), tuned.folds) | _parted(keys, spec, tuned)


def _parted(keys: pa.Table, spec: BankSpec, tuned: Tuned) -> Flags:
    """The customers that tuning's partitions tested, parted again as they were then."""
    tested = np.zeros(keys.num_rows, np.bool_)
    there = tuned.snapshots or keys[SNAPSHOT_DATE].unique().to_pylist()
    then = np.flatnonzero(np.isin(_days(keys), [str(day) for day in there]))
    seed = spec.training.seed if tuned.seed is None else tuned.seed
    seeded = spec.training.model_copy(update={"seed": seed})
    folds = folds_within(keys.take(then), spec.model_copy(update={"training": seeded})) if len(then) else []
    for fold in folds:
        if fold.split.kind == "customers" and fold.name in tuned.folds:
            tested[then[fold.split.rows(Part.TEST)]] = True
    return tested


def _days(keys: pa.Table) -> NDArray[np.str_]:
    return np.asarray(keys[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]"), dtype=np.str_)
