"""Rules as written in `policy.toml`: a small part of SQL, parsed at load, run as Arrow compute calls.

Only the constructs of `expression_nodes` are known: an expression can compare and calculate, never execute.
Logic is Kleene's: what is unknown stays unknown, and a rule that comes out unknown is not satisfied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import sqlglot
from sqlglot import exp

from features.errors import BadInputError
from serving.decision.expression_nodes import Compiler, Evaluate, Type

MAXIMUM_LENGTH: Final = 2000

UNPARSABLE: Final = (
    sqlglot.errors.SqlglotError,
    RecursionError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
)
"""What sqlglot's parser raises on nonsense: its own errors, and whatever its parts stumble over."""


@dataclass(frozen=True)
class Expression:
    """A compiled condition: its text, the columns it reads, and a function from columns to Arrow booleans.

    A condition that reads no column gives a scalar.
    """

    text: str
    columns: frozenset[str]
    evaluate: Evaluate


def column_types(schema: pa.Schema) -> dict[str, Type]:
    """The columns of a schema that expressions may read, with their types."""
    types = {field.name: _arrow_type(field.type) for field in schema}
    return {name: found for name, found in types.items() if found is not None}


def _arrow_type(found: pa.DataType) -> Type | None:
    if pa.types.is_boolean(found):
        return "boolean"
    if pa.types.is_string(found) or pa.types.is_large_string(found):
        return "text"
    return "number" if pa.types.is_integer(found) or pa.types.is_floating(found) else None


def compile_condition(text: str, types: Mapping[str, Type], where: str) -> Expression:
    """Compile a boolean expression over columns of the given types.

    Raises BadInputError naming `where` (the rule) and the position: not SQL, not a known construct,
    an unknown column, types that do not go together, or not a condition.
    """
    tree = _parse(text, where)
    typed = Compiler(types, where, text).compile(tree)
    if typed.type not in ("boolean", "nothing"):
        raise BadInputError(f"{where}: expected a condition, got {typed.type}: {text}")
    columns = frozenset(column.name for column in tree.find_all(exp.Column))
    return Expression(text, columns, typed.evaluate)


def _parse(text: str, where: str) -> exp.Expression:
    if len(text) > MAXIMUM_LENGTH:
        raise BadInputError(f"{where}: longer than {MAXIMUM_LENGTH} characters")
    try:
        statements = sqlglot.parse(text, read="duckdb")
    except UNPARSABLE as error:
        raise BadInputError(f"{where}{_error_position(error)}: not an expression: {text:.200}") from error
    if len(statements) != 1 or statements[0] is None:
        raise BadInputError(f"{where}: expected one expression: {text!r}")
    return statements[0]


def _error_position(error: Exception) -> str:
    faults = getattr(error, "errors", None)
    return f", line {faults[0]['line']}, column {faults[0]['col']}" if faults else ""
