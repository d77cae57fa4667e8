"""When the bank's own labels were recorded: before that day nobody could learn from them."""

import numpy as np
import pyarrow as pa

from features.bank import Bank
from features.point_in_time import in_hindsight
from features.vocabulary import CUSTOMER_ID, RECORDED_AT, SNAPSHOT_DATE, Model, Table
from training.split import RECORDED_ON


def recorded_keys(bank: Bank, model: Model, labels: pa.Table) -> pa.Table:
    """The customer_id and snapshot_date of labelled rows, and `RECORDED_ON`, null where a label does not say.

    A label told more than once was recorded with its last row. Without that column where nothing says when:
    of other rules, whose tables count in hindsight, and of labels without `recorded_at`.
    """
    keys = labels.select([CUSTOMER_ID, SNAPSHOT_DATE])
    rule = bank.spec.churn and bank.spec.churn.rule
    if model is not Model.CHURN or rule != "labels" or not bank.recorded(Table.LABELS):
        return keys
    given = in_hindsight(bank, Table.LABELS)
    told = given.select(
        CUSTOMER_ID, SNAPSHOT_DATE, **{RECORDED_ON: given[RECORDED_AT].cast("timestamp").date()}
    )
    # A join of Arrow's keeps no order.
    numbered = keys.append_column("place", pa.array(np.arange(keys.num_rows)))
    days = told.to_pyarrow().cast(_schema(keys))
    return numbered.join(days, [CUSTOMER_ID, SNAPSHOT_DATE]).sort_by("place").drop_columns(["place"])


def _schema(keys: pa.Table) -> pa.Schema:
    return keys.schema.append(pa.field(RECORDED_ON, pa.date32()))
