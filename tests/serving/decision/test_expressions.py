"""Rules as expressions: Kleene logic, types, and refusals that name rule and place."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.errors import BadInputError
from serving.decision.expression_nodes import Type
from serving.decision.expressions import column_types, compile_condition

TYPES: dict[str, Type] = {"a": "number", "b": "number", "kind": "text", "flag": "boolean"}
ROWS = {
    "a": pa.array([1.0, None, 3.0]),
    "b": pa.array([0.0, 1.0, 2.0]),
    "kind": pa.array(["x", None, "z"]),
    "flag": pa.array([True, False, None]),
}


def outcome(text: str, rows: dict[str, Any] = ROWS) -> list[bool | None]:
    found = compile_condition(text, TYPES, "rule 'r'").evaluate(rows)
    return [found.as_py()] * 3 if isinstance(found, pa.Scalar) else found.to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > 2", [False, None, True]),
        ("a + b * 2 = 7", [False, None, True]),
        ("-a < -2", [False, None, True]),
        ("abs(a - 2) <= 1", [True, None, True]),
        ("coalesce(a, 0) = 0", [False, True, False]),
        ("a IS NULL", [False, True, False]),
        ("a IS NOT NULL", [True, False, True]),
        ("kind IN ('x', 'y')", [True, None, False]),
        ("kind NOT IN ('x')", [False, None, True]),
        ("a IN (1, 2)", [True, None, False]),
        ("a BETWEEN 1 AND 2", [True, None, False]),
        ("least(a, b) < 1", [True, False, False]),
        ("greatest(a, b) >= 3", [False, False, True]),
        # Kleene: unknown or true is true, unknown and false is false, else unknown stays unknown.
        ("a > 2 OR b = 1", [False, True, True]),
        ("a > 2 AND b = 0", [False, False, False]),
        ("NOT flag", [False, True, None]),
        ("flag AND a > 0", [True, False, None]),
        ("a = NULL", [None, None, None]),
        ("TRUE", [True, True, True]),
        ("1 < 2", [True, True, True]),
        ("a / b > 1", [None, None, True]),
    ],
)
def test_says_what_sql_says(text: str, expected: list[bool | None]) -> None:
    assert outcome(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a > 1 AND knid = 'x'", "rule 'r', line 1, column 11: unknown column 'knid'; did you mean 'kind'?"),
        ("a > 1 AND\n  missing > 1", "rule 'r', line 2, column 3: unknown column 'missing'"),
        ("a = 'x'", "rule 'r', line 1, column 5: expected number, but 'x' is text"),
        ("kind + 1 = 2", "rule 'r', line 1, column 1: expected number, but kind is text"),
        ("a AND flag", "expected boolean, but a is number"),
        ("a + b", "rule 'r': expected a condition, got number"),
        ("a +", "rule 'r', line 1, column 3: not an expression"),
        ("", "expected one expression"),
        ("a > 1; DROP TABLE x", "expected one expression"),
        ("read_csv('/etc/passwd') IS NULL", "is not allowed in a rule"),
        ("(SELECT 1) = a", "is not allowed in a rule"),
        ("a::int = 1", "is not allowed in a rule"),
        ("kind LIKE 'x%'", "is not allowed in a rule"),
        ("a IN (b)", "IN goes with a list of constants"),
        ("a IN ('x')", "expected number, but 'x' is text"),
        ("flag IS TRUE", "IS goes with NULL only"),
        ("t.a > 1", "columns are named without a table"),
        ("a = " + "1 + " * 60 + "1", "nested deeper than"),
        ("a = " + "(" * 900 + "1" + ")" * 900, "rule 'r'"),
        ("a > " + "1" * 2000, "longer than 2000 characters"),
    ],
)
def test_refuses_by_rule_and_place(text: str, message: str) -> None:
    with pytest.raises(BadInputError) as refused:
        compile_condition(text, TYPES, "rule 'r'")
    assert message in str(refused.value)


PIECES = st.sampled_from([
    "a", "b", "kind", "flag", "missing", "1", "2.5", "1e3", "1_0", "0x1F", "'x'", "(", ")", "[",
    "]", ",", ".", "+", "-", "*", "/", "%", "@", "!", "~", "=", "==", "<>", "<", ">=", "AND", "OR",
    "NOT", "IN", "IS", "NULL", "TRUE", "BETWEEN", "coalesce(", "abs(", "least(", "CASE", "WHEN",
    "THEN", "END", "::", "{", "}", ";", "--", "?", "$1", "^", "||", ":=", "->", "INTERVAL", "DATE"
])  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map(" ".join)))
@example("@")
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        compile_condition(text, TYPES, "rule 'r'")
    except BadInputError as refused:
        assert str(refused).startswith("rule 'r'")


NUMBERS = st.one_of(st.none(), st.floats(-5, 5))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20))
def test_one_row_and_many_agree(rows: list[tuple[float | None, float | None]]) -> None:
    condition = compile_condition("a / b > 0.5 OR coalesce(a, b) < least(b, 1)", TYPES, "r")
    a, b = (pa.array(column, pa.float64()) for column in zip(*rows, strict=True))
    together = condition.evaluate({"a": a, "b": b}).to_pylist()
    alone = [condition.evaluate({"a": a[i : i + 1], "b": b[i : i + 1]})[0].as_py() for i in range(len(rows))]
    assert together == alone


def test_knows_which_columns_it_reads() -> None:
    assert compile_condition("a > 1 OR kind = 'b'", TYPES, "r").columns == {"a", "kind"}


def test_types_of_a_schema() -> None:
    schema = pa.schema(
        {"n": pa.float64(), "i": pa.int64(), "t": pa.string(), "f": pa.bool_(), "day": pa.date32()}
    )
    assert column_types(schema) == {"n": "number", "i": "number", "t": "text", "f": "boolean"}
