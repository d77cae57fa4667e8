"""The decisions a bank has logged with what came of them: the one table that every estimate reads."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.errors import BadInputError

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]

NOTHING: Final = "nothing"
TREATMENT: Final = "treatment"
CONTROL: Final = "control"
RETAIN: Final = "retain"
STAKE: Final = "stake"
OUTCOMES: Final = ("accepted", "declined", "ignored", "churned")
MONEY: Final = ("expected_value", "value", "cost")

LOGGED: Final = pa.schema(
    [
        ("decision_id", pa.string()),
        ("customer", pa.string()),
        ("decided_on", pa.date32()),
        ("group", pa.string()),
        ("action", pa.string()),
        ("channel", pa.string()),
        ("arm", pa.string()),
        ("probability", pa.float64()),
        *((name, pa.float64()) for name in MONEY),
        *((name, pa.bool_()) for name in OUTCOMES),
    ]
)
"""A row a decision. `customer` is a pseudonym, the same in all of a customer's decisions.

`action` is "nothing" where nothing was decided; `group`, `channel` and the money are null there. `arm` is
treatment (carried out), control (held out: decided, not carried out), or the name of another way of deciding
that some customers were given to (random, propensity_only, no_levers). `probability`: of this choice under
the policy that made it, in (0, 1]. Money in the bank's currency: `expected_value` as decided, `value` if the
action works, `cost` of the contact. Outcomes until the label window's end; null means none was recorded.
A further column, `stake`, may say what the bank loses a year if the customer leaves; without it leaving
counts only where retention was decided, at that decision's value.
"""


def checked(table: pa.Table) -> pa.Table:
    """The table in the order and types of LOGGED and `stake`, without nulls in what arithmetic reads.

    Raises BadInputError naming the column and what is wrong with it.
    """
    missing = [name for name in LOGGED.names if name not in table.column_names]
    if missing:
        raise BadInputError(f"logged decisions: columns missing: {', '.join(missing)}")
    whole = pa.table({field.name: _typed(table[field.name], field) for field in LOGGED})
    for name in ("decision_id", "customer", "decided_on", "action", "arm", "probability"):
        _refuse(whole, pc.is_null(whole[name]), f"{name} is null")
    idle = pc.equal(whole["action"], NOTHING)
    for name in ("group", *MONEY):
        _refuse(whole, pc.and_(pc.is_null(whole[name]), pc.invert(idle)), f"{name} is null")
    inside = pc.and_(pc.greater(whole["probability"], 0.0), pc.less_equal(whole["probability"], 1.0))
    _refuse(whole, pc.invert(inside), "probability is not in (0, 1]")
    _refuse_repeats(whole)
    for place, name in enumerate(LOGGED.names):
        if name in (*MONEY, *OUTCOMES):
            blank = False if name in OUTCOMES else 0.0
            whole = whole.set_column(place, LOGGED.field(name), pc.fill_null(whole[name], blank))
    return whole.append_column(STAKE, _stake(table, whole))


def matured(table: pa.Table, today: date, window_days: int) -> pa.Table:
    """The decisions whose label window was over before `today`; of the others the outcome is open.

    Raises BadInputError if none is, naming the day the first will be.
    """
    last = today - timedelta(days=window_days)
    over = table.filter(pc.less_equal(table["decided_on"], pa.scalar(last)))
    if not over.num_rows:
        first = pc.min(table["decided_on"]).as_py()
        when = (
            f"the first is complete on {first + timedelta(days=window_days)}" if first else "none is logged"
        )
        raise BadInputError(f"no logged decision has a complete outcome window on {today}: {when}")
    return over


def numbers(table: pa.Table, name: str) -> Numbers:
    """A column as float64 of shape (decisions,); true is 1."""
    return np.asarray(table[name].cast(pa.float64()).to_numpy(zero_copy_only=False))


def texts(table: pa.Table, name: str) -> Texts:
    """A column as texts of shape (decisions,), None where null."""
    return np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=np.object_)


def codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Equal values as equal whole numbers from 0, shape (rows,)."""
    encoded = column.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def rewards(table: pa.Table) -> Numbers:
    """What each decision came to in money, shape (decisions,): value accepted, less stake lost, less cost.

    Retention earns by who stays, so its acceptance alone is worth nothing. A held-out contact costs nothing.
    """
    sells = pc.and_(table["accepted"], pc.not_equal(pc.fill_null(table["group"], ""), RETAIN))
    earned = numbers(table, "value") * np.asarray(sells.to_numpy(zero_copy_only=False))
    lost = numbers(table, STAKE) * numbers(table, "churned")
    return np.asarray(earned - lost - numbers(table, "cost") * (texts(table, "arm") != CONTROL))


def _typed(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInputError(
            f"logged decisions: {field.name}: expected {field.type}, got {column.type}"
        ) from error


def _refuse(table: pa.Table, where: pa.ChunkedArray, what: str) -> None:
    wrong = table["decision_id"].filter(pc.fill_null(where, True))
    if len(wrong):
        first = ", ".join(map(str, wrong.slice(0, 3).to_pylist()))
        raise BadInputError(f"logged decisions: {what} in {len(wrong)} of {table.num_rows} rows: {first}")


def _refuse_repeats(table: pa.Table) -> None:
    counted = pc.value_counts(table["decision_id"].combine_chunks())
    repeated = counted.filter(pc.greater(counted.field("counts"), 1)).field("values")
    if len(repeated):
        first = ", ".join(repeated.slice(0, 3).to_pylist())
        raise BadInputError(f"logged decisions: decision_id repeats: {len(repeated)} of them, first {first}")


def _stake(given: pa.Table, whole: pa.Table) -> pa.ChunkedArray:
    """As given, else a retention's own value; nothing for the others."""
    if STAKE in given.column_names:
        return pc.fill_null(_typed(given[STAKE], pa.field(STAKE, pa.float64())), 0.0)
    retains = pc.equal(pc.fill_null(whole["group"], ""), RETAIN)
    return pc.if_else(retains, whole["value"], 0.0)
