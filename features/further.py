"""Columns beyond the design's: typed from the data, or left out with the reason said."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from features.casting import given

FORMS = {
    "float64": r"^[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$",  # leading zeros: a code
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?$",
    "boolean": r"^([Tt]rue|TRUE|[Ff]alse|FALSE)$",
}
"""What text must look like throughout to count as another type."""

DISTINCT_MOST = 1000
DISTINCT_SHARE_MOST, DISTINCT_SHARE_ROWS = 0.5, 100


@dataclass(frozen=True)
class Further:
    """Ibis types by column, and the columns no model can use with the reason why."""

    types: Mapping[str, str]
    left_out: Mapping[str, str]


def infer(known: ir.Table, columns: list[str]) -> Further:
    """Types of `columns`, from the rows known before the first snapshot: later rows cannot change them.

    Text that is throughout numbers, days or truths becomes so. Text with more than `DISTINCT_MOST` values, or
    with a value for more than every other row (of over `DISTINCT_SHARE_ROWS`), names customers rather than
    describes them: it is left out.
    """
    counts = _counts(known, columns)
    why = {column: _unusable(known[column].type(), counts[column]) for column in columns}
    return Further(
        types={column: _type(known[column].type(), counts[column]) for column in columns if not why[column]},
        left_out={column: reason for column, reason in why.items() if reason},
    )


def _counts(known: ir.Table, columns: list[str]) -> dict[str, dict[str, int]]:
    """Per column, how many rows hold a value, how many texts differ, and how many look like each type."""
    if not columns:
        return {}
    # Words for "no value" go first, in a step of their own, so that each text is trimmed only once.
    values = known.select(**{column: _value(known[column]) for column in columns})
    measures = {column: _measures(values[column]) for column in columns}
    asked = {f"{column}/{key}": value for column in columns for key, value in measures[column].items()}
    found = values.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return {column: {key: found[f"{column}/{key}"] or 0 for key in measures[column]} for column in columns}


def _value(column: ir.Column) -> ir.Column:
    trimmed = column.strip() if column.type().is_string() else column
    return ibis.ifelse(given(column, "float64"), trimmed, ibis.null(column.type()))


def _measures(column: ir.Column) -> dict[str, ir.Scalar]:
    measures = {"rows": column.count()}
    if column.type().is_string():
        measures["distinct"] = column.nunique()
        measures |= {type_name: column.re_search(form).sum() for type_name, form in FORMS.items()}
    return measures


def _unusable(found: dt.DataType, counts: Mapping[str, int]) -> str:
    if not (
        found.is_numeric()
        or found.is_boolean()
        or found.is_string()
        or found.is_date()
        or found.is_timestamp()
    ):
        return f"its type, {found}, is none a model can use"
    rows = counts["rows"]
    if rows == 0:
        return "it has no value before the first snapshot"
    if not found.is_string() or _type(found, counts) != "string":
        return ""
    distinct = counts["distinct"]
    if distinct > DISTINCT_MOST or (rows > DISTINCT_SHARE_ROWS and distinct > DISTINCT_SHARE_MOST * rows):
        return f"its {distinct} different texts in {rows} rows name customers rather than describe them"
    return ""


def _type(found: dt.DataType, counts: Mapping[str, int]) -> str:
    if found.is_string():
        return next((type_name for type_name in FORMS if counts[type_name] == counts["rows"]), "string")
    if found.is_temporal():
        return "date"
    return "boolean" if found.is_boolean() else "float64"
