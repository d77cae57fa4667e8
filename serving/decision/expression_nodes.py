"""The constructs a rule may use, each turned into an Arrow compute call; everything else is refused."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from features.errors import BadInputError

Type = Literal["number", "text", "boolean", "nothing"]
Values = Mapping[str, Any]
"""Column name to Arrow array: float64, string or bool, all of one length."""

Evaluate = Callable[[Values], Any]

MAXIMUM_DEPTH: Final = 40


@dataclass(frozen=True)
class Typed:
    """A compiled part: its type, and a function from columns to an Arrow array (a scalar, if constant)."""

    type: Type
    evaluate: Evaluate


_COMPARISONS: Final[Mapping[type[exp.Expression], Any]] = {
    exp.EQ: pc.equal,
    exp.NEQ: pc.not_equal,
    exp.GT: pc.greater,
    exp.GTE: pc.greater_equal,
    exp.LT: pc.less,
    exp.LTE: pc.less_equal,
}
_CONNECTIVES: Final[Mapping[type[exp.Expression], Any]] = {exp.And: pc.and_kleene, exp.Or: pc.or_kleene}


def _divide(left: Any, right: Any) -> Any:
    """Division whose result is unknown where the divisor is 0, as in SQL."""
    return pc.divide(left, pc.if_else(pc.equal(right, 0.0), pa.scalar(None, pa.float64()), right))


_ARITHMETIC: Final[Mapping[type[exp.Expression], Any]] = {
    exp.Add: pc.add,
    exp.Sub: pc.subtract,
    exp.Mul: pc.multiply,
    exp.Div: _divide,
}
_ARROW_TYPES: Final[Mapping[Type, Any]] = {
    "number": pa.float64(),
    "text": pa.string(),
    "boolean": pa.bool_(),
    "nothing": pa.bool_(),
}


@dataclass(frozen=True)
class Compiler:
    """Walks one parsed expression; every method returns a typed evaluator or refuses the node by position.

    `types` are the columns that may be read; `where` and `text` name the rule and quote it in errors.
    """

    types: Mapping[str, Type]
    where: str
    text: str

    def compile(self, node: exp.Expression | None, depth: int = 0) -> Typed:
        """Compile one node and all below it; raises BadInputError."""
        if node is None:  # sqlglot lets some operators stand without what they operate on
            raise BadInputError(f"{self.where}: incomplete: {self.text}")
        if depth > MAXIMUM_DEPTH:
            raise BadInputError(f"{self.where}: nested deeper than {MAXIMUM_DEPTH} levels")
        method = _NODES.get(type(node))
        if method is None:
            raise self.refuse(node, f"{node.sql()!r} is not allowed in a rule")
        return method(self, node, depth + 1)

    def refuse(self, node: exp.Expression, message: str) -> BadInputError:
        """The error for a fault at a node, with the place sqlglot remembers for it or for its first part."""
        placed = next((part.meta for part in node.walk() if "line" in part.meta), None)
        if placed is None:
            return BadInputError(f"{self.where}: {message}: {self.text}")
        column = placed["col"] - (placed["end"] - placed["start"])
        return BadInputError(f"{self.where}, line {placed['line']}, column {column}: {message}: {self.text}")

    def column(self, node: exp.Expression, _: int) -> Typed:
        name = node.name
        if node.args.get("table"):
            raise self.refuse(node, f"{node.sql()!r}: columns are named without a table")
        if name not in self.types:
            near = difflib.get_close_matches(name, self.types, n=1)
            raise self.refuse(
                node, f"unknown column {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            )
        return Typed(self.types[name], lambda values: values[name])

    def literal(self, node: exp.Expression, _: int) -> Typed:
        if node.args["is_string"]:
            return _constant(node.name, "text")
        return _constant(self.number(node), "number")

    def number(self, node: exp.Expression) -> float:
        """A number as sqlglot's tokens have it, which may still be none."""
        try:
            return float(node.name)
        except ValueError as error:
            raise self.refuse(node, f"{node.name!r} is not a number") from error

    def boolean(self, node: exp.Expression, _: int) -> Typed:
        return _constant(bool(node.this), "boolean")

    def null(self, _node: exp.Expression, _: int) -> Typed:
        return _constant(None, "nothing")

    def paren(self, node: exp.Expression, depth: int) -> Typed:
        return self.compile(node.this, depth)

    def connective(self, node: exp.Expression, depth: int) -> Typed:
        return self.binary(node, depth, "boolean", _CONNECTIVES[type(node)], "boolean")

    def arithmetic(self, node: exp.Expression, depth: int) -> Typed:
        return self.binary(node, depth, "number", _ARITHMETIC[type(node)], "number")

    def comparison(self, node: exp.Expression, depth: int) -> Typed:
        return self.binary(node, depth, None, _COMPARISONS[type(node)], "boolean")

    def binary(self, node: exp.Expression, depth: int, wanted: Type | None, call: Any, result: Type) -> Typed:
        left, right = self.same((node.this, node.expression), depth, wanted)
        one, two = left.evaluate, right.evaluate
        return Typed(result, lambda values: call(one(values), two(values)))

    def negation(self, node: exp.Expression, depth: int) -> Typed:
        (inner,) = self.same((node.this,), depth, "boolean")
        return Typed("boolean", lambda values: pc.invert(inner.evaluate(values)))

    def minus(self, node: exp.Expression, depth: int) -> Typed:
        (inner,) = self.same((node.this,), depth, "number")
        return Typed("number", lambda values: pc.negate(inner.evaluate(values)))

    def absolute(self, node: exp.Expression, depth: int) -> Typed:
        (inner,) = self.same((node.this,), depth, "number")
        return Typed("number", lambda values: pc.abs(inner.evaluate(values)))

    def is_null(self, node: exp.Expression, depth: int) -> Typed:
        if not isinstance(node.expression, exp.Null):
            raise self.refuse(node, "IS goes with NULL only")
        inner = self.compile(node.this, depth).evaluate
        return Typed("boolean", lambda values: pc.is_null(inner(values)))

    def between(self, node: exp.Expression, depth: int) -> Typed:
        parts = (node.this, node.args["low"], node.args["high"])
        value, low, high = (part.evaluate for part in self.same(parts, depth, None))

        def within(values: Values) -> Any:
            found = value(values)
            return pc.and_kleene(pc.greater_equal(found, low(values)), pc.less_equal(found, high(values)))

        return Typed("boolean", within)

    def membership(self, node: exp.Expression, depth: int) -> Typed:
        options = node.expressions
        if not options or not all(isinstance(option, exp.Literal) for option in options):
            raise self.refuse(node, "IN goes with a list of constants")
        value, *_ = self.same((node.this, *options), depth, None)
        if value.type not in ("text", "number"):
            raise self.refuse(node, "IN goes with text or numbers")
        plain = [option.name if value.type == "text" else self.number(option) for option in options]
        known = pa.array(plain, _ARROW_TYPES[value.type])

        def member(values: Values) -> Any:
            found = value.evaluate(values)
            inside = pc.is_in(found, value_set=known)
            return pc.if_else(pc.is_valid(found), inside, pa.scalar(None, pa.bool_()))

        return Typed("boolean", member)

    def coalesce(self, node: exp.Expression, depth: int) -> Typed:
        return self.variadic(node, depth, pc.coalesce, None)

    def least(self, node: exp.Expression, depth: int) -> Typed:
        return self.variadic(node, depth, pc.min_element_wise, "number")

    def greatest(self, node: exp.Expression, depth: int) -> Typed:
        return self.variadic(node, depth, pc.max_element_wise, "number")

    def variadic(self, node: exp.Expression, depth: int, call: Any, wanted: Type | None) -> Typed:
        typed = self.same((node.this, *node.expressions), depth, wanted)
        parts = [part.evaluate for part in typed]
        return Typed(typed[0].type, lambda values: call(*(part(values) for part in parts)))

    def same(self, parts: tuple[exp.Expression, ...], depth: int, wanted: Type | None) -> list[Typed]:
        """Compile parts that must be of one type, `wanted` if given; NULL goes with every type."""
        typed = [self.compile(part, depth) for part in parts]
        known = [one.type for one in typed if one.type != "nothing"]
        expected: Type = wanted or (known[0] if known else "boolean")
        for part, one in zip(parts, typed, strict=True):
            if one.type not in (expected, "nothing"):
                raise self.refuse(part, f"expected {expected}, but {part.sql()} is {one.type}")
        empty = _constant(None, expected)
        return [empty if one.type == "nothing" else one for one in typed]


def _constant(value: Any, found: Type) -> Typed:
    scalar = pa.scalar(value, _ARROW_TYPES[found])
    return Typed(found, lambda _: scalar)


_NODES: Final[Mapping[type[exp.Expression], Callable[[Compiler, exp.Expression, int], Typed]]] = {
    exp.Column: Compiler.column,
    exp.Literal: Compiler.literal,
    exp.Boolean: Compiler.boolean,
    exp.Null: Compiler.null,
    exp.Paren: Compiler.paren,
    exp.Not: Compiler.negation,
    exp.Neg: Compiler.minus,
    exp.Abs: Compiler.absolute,
    exp.Is: Compiler.is_null,
    exp.In: Compiler.membership,
    exp.Between: Compiler.between,
    exp.Coalesce: Compiler.coalesce,
    exp.Least: Compiler.least,
    exp.Greatest: Compiler.greatest,
    **dict.fromkeys(_CONNECTIVES, Compiler.connective),
    **dict.fromkeys(_ARITHMETIC, Compiler.arithmetic),
    **dict.fromkeys(_COMPARISONS, Compiler.comparison),
}
