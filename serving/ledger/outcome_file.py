"""Reading outcomes from a CSV or Parquet file, refusing the file whole where a row is faulty."""

from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from features.errors import BadInputError
from serving.ledger.opening import Ledger
from serving.ledger.outcomes import Outcome, OutcomeKind, Recorded, UnknownDecisionsError, record_outcomes

COLUMNS: Final = ("decision_id", "outcome", "at")
MOMENT: Final = pa.timestamp("us", "UTC")
NAMED: Final = 5
"""Faulty rows named in one message."""


def import_outcomes(ledger: Ledger, path: Path) -> Recorded:
    """Record a file's outcomes: all of them, or none where one is faulty or its decision unknown.

    Raises BadInputError naming the file, and the column and first rows or the decisions at fault.
    """
    outcomes = read_outcomes(path)
    try:
        return record_outcomes(ledger, outcomes)
    except UnknownDecisionsError as error:
        named = ", ".join(error.decision_ids[:NAMED])
        raise BadInputError(
            f"{path}: {len(error.decision_ids)} decisions are not in the ledger: {named}"
        ) from error


def read_outcomes(path: Path) -> list[Outcome]:
    """Outcomes from columns decision_id, outcome and at; a time without a zone is UTC, a date its midnight.

    Raises BadInputError naming the file, the column and the first faulty rows.
    """
    table = _read(path)
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise BadInputError(f"{path}: expected columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}")
    if not table.num_rows:
        return []  # Arrow 25 crashes where it counts what is true in a column without a chunk
    ids = table["decision_id"].cast(pa.string())
    kinds = table["outcome"].cast(pa.string())
    known = pa.array([str(kind) for kind in OutcomeKind])
    _refuse(path, "decision_id", "a decision's id", table, pc.fill_null(pc.equal(ids, ""), fill_value=True))
    _refuse(path, "outcome", " or ".join(known.to_pylist()), table, pc.invert(pc.is_in(kinds, known)))
    moments = _moments(path, table)
    rows = zip(ids.to_pylist(), kinds.to_pylist(), moments.to_pylist(), strict=True)
    return [Outcome(decision_id, OutcomeKind(kind), at) for decision_id, kind, at in rows]


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        if path.suffix == ".csv":
            texts = csv.ConvertOptions(
                column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=True
            )
            return csv.read_csv(path, convert_options=texts)
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInputError(f"{path}: cannot be read as {path.suffix[1:]}: {error}") from error
    raise BadInputError(f"{path}: expected a name ending in .csv or .parquet")


def _moments(path: Path, table: pa.Table) -> pa.ChunkedArray:
    at = table["at"]
    if pa.types.is_string(at.type):
        # A zone is told by what follows the minutes; without one it is UTC.
        zoned = pc.match_substring_regex(at, r"(Z|[+-]\d\d(:?\d\d)?)$")
        timed = pc.match_substring(at, ":")
        day = pc.if_else(timed, at, pc.binary_join_element_wise(at, "00:00:00", "T"))
        at = pc.if_else(pc.and_(zoned, timed), day, pc.binary_join_element_wise(day, "Z", ""))
    elif (pa.types.is_timestamp(at.type) and at.type.tz is None) or pa.types.is_date(at.type):
        at = at.cast(pa.timestamp("us"))
    try:
        moments = at.cast(MOMENT)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInputError(f"{path}: at: expected times as 2025-01-31T12:00:00Z: {error}") from error
    _refuse(path, "at", "a time", table, pc.is_null(moments))
    return moments


def _refuse(path: Path, column: str, expected: str, table: pa.Table, faulty: Any) -> None:
    places = pc.indices_nonzero(faulty)
    if len(places):
        shown = places.slice(0, NAMED).to_pylist()
        found = ", ".join(f"row {place + 1}: {table[column][place].as_py()!r:.40}" for place in shown)
        raise BadInputError(f"{path}: {column}: expected {expected} in {len(places)} rows; {found}")
