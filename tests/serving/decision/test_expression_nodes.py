"""The compiler of single constructs: what it knows it types, all else it refuses by place."""

import pyarrow as pa
import pytest
import sqlglot

from features.errors import BadInputError
from serving.decision.expression_nodes import MAXIMUM_DEPTH, Compiler, Typed


def compiled(text: str) -> Typed:
    return Compiler({"a": "number", "kind": "text"}, "rule 'r'", text).compile(sqlglot.parse_one(text))


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("1 + 2", "number", 3.0),
        ("'x'", "text", "x"),
        ("a > 1", "boolean", True),
        ("a / 0", "number", None),
        ("kind = 'z'", "boolean", False),
        ("NULL", "nothing", None),
    ],
)
def test_a_construct_has_a_type_and_a_value(text: str, type_: str, value: object) -> None:
    found = compiled(text)
    assert found.type == type_
    answer = found.evaluate({"a": pa.array([2.0]), "kind": pa.array(["x"])})
    assert (answer[0] if isinstance(answer, pa.Array) else answer).as_py() == value


@pytest.mark.parametrize(
    "text", ["(SELECT 1)", "CAST(a AS TEXT)", "system('x')", "a[1]", "CASE WHEN a > 1 THEN 2 END"]
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="rule 'r'"):
        compiled(text)


def test_the_place_is_told() -> None:
    with pytest.raises(BadInputError, match=r"rule 'r', line 2, column 1: .*'b'"):
        compiled("a > 1 AND\nb > 2")


def test_depth_is_bounded() -> None:
    compiled("-" * 1 + "a")
    with pytest.raises(BadInputError, match=f"nested deeper than {MAXIMUM_DEPTH} levels"):
        compiled("NOT " * (MAXIMUM_DEPTH + 2) + "a > 1")


def test_a_missing_operand_is_refused() -> None:
    with pytest.raises(BadInputError, match="incomplete"):
        Compiler({}, "rule 'r'", "1 +").compile(None)
