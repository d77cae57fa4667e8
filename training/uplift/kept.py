"""How a model's effects were tested, kept with it: two versions can be compared on the same contacts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import BadInputError
from training.answers import GROUP
from training.uplift.choose import Tested
from training.uplift.trial import Trial

TESTED_FILE: Final = "tested.parquet"
ACTION: Final = "action"


def write_tested(tested: Mapping[str, Tested], path: Path) -> None:
    """A row a contact as a Parquet file: arm, outcome, answer, groups, without anybody's id or features."""
    pq.write_table(pa.concat_tables(_table(action, one) for action, one in tested.items()), path)


def read_tested(path: Path) -> dict[str, Tested]:
    """What `write_tested` wrote, by action; trials come without the columns that were learned from.

    Raises BadInputError where the file cannot be read.
    """
    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise BadInputError(f"{path}: the model version is incomplete, train again: {error}") from error
    actions = pc.unique(table[ACTION]).to_pylist()
    return {action: _tested(table.filter(pc.equal(table[ACTION], action))) for action in actions}


def _table(action: str, one: Tested) -> pa.Table:
    trial = one.trial
    return pa.table(
        {
            ACTION: pa.array([action] * len(trial), pa.string()),
            "customer": trial.customer,
            "treated": trial.treated,
            "outcome": trial.outcome,
            "probability": trial.probability,
            "uplift": one.uplift,
            "fold": one.fold,
        }
        | {
            f"{GROUP}{name}": pa.array(values, pa.string()).dictionary_encode()
            for name, values in trial.groups.items()
        }
    )


def _tested(rows: pa.Table) -> Tested:
    names = ("treated", "outcome", "probability", "customer", "uplift", "fold")
    treated, outcome, probability, customer, uplift, fold = (rows[name].to_numpy() for name in names)
    groups = {
        name.removeprefix(GROUP): np.asarray(rows[name].to_pylist(), dtype=object)
        for name in rows.column_names
        if name.startswith(GROUP)
    }
    nothing = np.empty((rows.num_rows, 0))
    return Tested(Trial(nothing, treated, outcome, probability, customer, groups=groups), uplift, fold)
