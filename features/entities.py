"""Entities asked of Feast's history: numbered on their way there, and its answer put back in their order."""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from features.vocabulary import CUSTOMER_ID, EVENT_TIMESTAMP, SNAPSHOT_DATE

ENTITY_ROW: Final = "entity_row"


def entity_frame(entities: pa.Table) -> Any:
    """Entities (customer_id, snapshot_date) as the data frame that Feast takes, each with its number."""
    moments = entities[SNAPSHOT_DATE].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    numbered = {ENTITY_ROW: pa.array(np.arange(entities.num_rows)), CUSTOMER_ID: entities[CUSTOMER_ID]}
    return pa.table({**numbered, EVENT_TIMESTAMP: moments}).to_pandas()


def in_their_order(found: pa.Table, count: int) -> pa.Table:
    """Feast's answer to so many entities, a row each in the order asked.

    Raises RuntimeError where an entity has no row, or several.
    """
    rows = found[ENTITY_ROW].to_numpy()
    order = np.argsort(rows)
    if not np.array_equal(rows[order], np.arange(count)):
        raise RuntimeError(f"Feast answered {count} entities with {found.num_rows} rows")
    return found.take(pa.array(order))
