"""Reading decisions and what became of them, for estimates: one table, one row a decision."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from serving.ledger.batch import FEATURE, PSEUDONYM, PUBLIC_COLUMNS, ROW, SCORE
from serving.ledger.files import BatchFile, batch_files
from serving.ledger.opening import Ledger
from serving.ledger.outcomes import OutcomeKind
from serving.ledger.schema import DECISIONS, OUTCOMES
from serving.ledger.verify_batch import read_batch

MOMENT: Final = pa.timestamp("us", "UTC")
DECIDED: Final = {name: kind for name, kind in PUBLIC_COLUMNS.items() if name != ROW}
SCHEMA: Final = pa.schema(
    {
        "decision_id": pa.string(),
        "batch_id": pa.string(),
        "customer": pa.string(),
        "decided_on": pa.date32(),
        "snapshot_date": pa.date32(),
        "policy_version": pa.string(),
        **DECIDED,
        **{f"{kind}_at": MOMENT for kind in OutcomeKind},
    }
)
"""Columns of `decisions`.

`batch_id` is null for a decision of one customer. `customer` is the pseudonym, null where erased. `action`
is "nothing" where none was chosen, `channel` then null. `arm` is control or treatment, `contacted` whether
the action was carried out, `held_out` whether the lot fell on the customer. `assignment_probability` is the
chance with which the policy in force chose just this action and arm. `expected_value` is money in the bank's
currency.
`accepted_at` and its like are when the outcome came (UTC), null where none did.
"""


def decisions(ledger: Ledger) -> pa.Table:
    """Every decision in the ledger with its outcomes, in order: columns as in SCHEMA."""
    return pa.concat_tables([SCHEMA.empty_table(), *batches(ledger)])


def batches(ledger: Ledger) -> Iterator[pa.Table]:
    """The same, first the decisions of one customer, then campaign by campaign: one fits into memory."""
    with ledger.reading() as connection:
        files = batch_files(connection)
        query = select(OUTCOMES.c.decision_id, OUTCOMES.c.outcome, OUTCOMES.c.at)
        found = [tuple(row) for row in connection.execute(query)]
        singles = connection.execute(
            select(DECISIONS.c.public, DECISIONS.c.pseudonym).order_by(DECISIONS.c.sequence)
        ).all()
    outcomes = _outcomes(found)
    if singles:
        yield _joined(_singles([(json.loads(row.public), row.pseudonym) for row in singles]), outcomes)
    for file in files:
        yield _joined(_of_campaign(ledger, file), outcomes)


def features(ledger: Ledger, batch_id: str) -> pa.Table:
    """Features and scores of a campaign's customers, a row each in the order of decisions; null where erased.

    Raises KeyError for a campaign not in the ledger.
    """
    with ledger.reading() as connection:
        file = {one.batch_id: one for one in batch_files(connection)}[batch_id]
    names = [name for name in json.loads(file.public["columns"]) if name.startswith((FEATURE, SCORE))]
    return read_batch(ledger, file, names)


def _singles(rows: list[tuple[dict[str, Any], str | None]]) -> pa.Table:
    columns: dict[str, Any] = {name: [public.get(name) for public, _ in rows] for name in SCHEMA.names}
    columns["customer"] = [pseudonym for _, pseudonym in rows]
    columns["held_out"] = [public["arm"] == "control" for public, _ in rows]
    columns["contacted"] = [
        public["arm"] == "treatment" and public["channel"] is not None for public, _ in rows
    ]
    for name in ("decided_on", "snapshot_date"):
        columns[name] = [date.fromisoformat(text) for text in columns[name]]
    return pa.table(columns, schema=SCHEMA)


def _of_campaign(ledger: Ledger, file: BatchFile) -> pa.Table:
    stored = read_batch(ledger, file, [*PUBLIC_COLUMNS, PSEUDONYM])
    count, public = stored.num_rows, file.public
    rows = stored[ROW].cast(pa.string())
    same: dict[str, Any] = {
        "batch_id": file.batch_id,
        "decided_on": date.fromisoformat(public["decided_on"]),
        "snapshot_date": date.fromisoformat(public["snapshot_date"]),
        "policy_version": public["policy_version"],
    }
    columns = {name: stored[name] for name in DECIDED}
    columns |= {
        name: pa.repeat(pa.scalar(value, SCHEMA.field(name).type), count) for name, value in same.items()
    }
    columns["decision_id"] = pc.binary_join_element_wise(pa.scalar(file.batch_id), rows, ":")
    columns["customer"] = stored[PSEUDONYM]
    columns |= {f"{kind}_at": pa.nulls(count, MOMENT) for kind in OutcomeKind}
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)


def _outcomes(rows: list[tuple[Any, ...]]) -> dict[str, tuple[pa.Array, pa.Array]]:
    """By kind: the decisions, and when."""
    found = {}
    for kind in OutcomeKind:
        of_kind = [(decision_id, at) for decision_id, outcome, at in rows if outcome == kind]
        ids = pa.array([one for one, _ in of_kind], pa.string())
        found[f"{kind}_at"] = (ids, pa.array([datetime.fromisoformat(at) for _, at in of_kind], MOMENT))
    return found


def _joined(table: pa.Table, outcomes: dict[str, tuple[pa.Array, pa.Array]]) -> pa.Table:
    for name, (ids, moments) in outcomes.items():
        places = pc.index_in(table["decision_id"], value_set=ids)
        table = table.set_column(table.column_names.index(name), SCHEMA.field(name), moments.take(places))
    return table
