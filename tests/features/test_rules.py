"""Each kind of rule: which rows keep it and which break it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from features import rules
from features.rules import Rule

DAY = date(2024, 6, 30)
at = datetime.fromisoformat
NOON = at("2024-06-30 12:00")
INFINITY = float("inf")


def kept(rule: Rule, **columns: list[Any]) -> list[bool]:
    """Whether each row keeps the rule; null counts as kept."""
    connection = ibis.duckdb.connect()
    table = connection.create_table(
        "rows", pa.table({**columns, "place": range(len(next(iter(columns.values()))))})
    )
    holds = table.mutate(kept=ibis.coalesce(rule.holds(table), True)).order_by("place")
    found: list[bool] = holds.kept.to_pyarrow().to_pylist()
    connection.disconnect()
    return found


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        (rules.there("a", "float64"), ["1", "", "n/a", None], [True, False, False, False]),
        (rules.there("a", "string"), ["1", "", "n/a", None], [True, True, True, False]),
        (rules.typed("a", "float64"), ["1.5", "", "1,5", None], [True, True, False, True]),
        (rules.typed("a", "int64"), [1.0, 1.5, None], [True, False, True]),
        (rules.year("a"), [1980, 80, None], [True, False, True]),
        (rules.past("a", DAY), [DAY, date(2024, 7, 1), None], [True, False, True]),
        (rules.past("a", DAY), [at("2024-06-30 23:59:59"), at("2024-07-01")], [True, False]),
        (rules.finite("a"), [1.0, INFINITY, -INFINITY, None], [True, False, False, True]),
        (rules.between("a", 0, 1), [0.0, 1.0, 1.1, -0.1, None], [True, True, False, False, True]),
        (rules.one_of("a", ("x", "y")), ["x", "X", "", None], [True, False, False, True]),
        (rules.flag("a"), [0.0, 1.0, 0.5, None], [True, True, False, True]),
        (rules.matching("a", "^x", "must start with x"), ["xy", "yx", None], [True, False, True]),
    ],
)
def test_a_row_keeps_a_rule_or_breaks_it(rule: Rule, values: list[Any], expected: list[bool]) -> None:
    assert kept(rule, a=values, customer_id=[1] * len(values)) == expected
    assert rule.column == "a"
    assert rule.shown == ("customer_id", "a")


def test_a_text_may_lack_where_another_column_says_so() -> None:
    rule = rules.there_unless("a", "b", "no")
    texts, words = ["x", None, "", None, ""], [None, "no", "no", None, "yes"]
    assert kept(rule, a=texts, b=words) == [True, True, True, False, False]
    assert (rule.column, rule.says) == ("a", "must be there unless b is no")


def test_of_two_dates_one_may_not_come_before_the_other() -> None:
    later = [DAY, date(2024, 6, 29), None]
    assert kept(rules.ordered("a", "b"), a=[DAY] * 3, b=later) == [True, False, True]


def test_a_key_comes_again_only_recorded_at_another_time() -> None:
    rule = rules.unique(("a", "b"), apart="recorded_at")
    rows = [
        (1, "x", None),
        (1, "x", NOON),
        (1, None, None),
        (2, "x", NOON),
        (2, "x", NOON),
        (3, None, None),
        (3, None, None),
    ]
    a, b, recorded_at = (list(column) for column in zip(*rows, strict=True))
    assert kept(rule, a=a, b=b, recorded_at=recorded_at) == [True, True, True, False, False, False, False]
    assert (rule.column, rule.shown) == ("a, b", ("a", "b", "recorded_at"))


def test_a_row_without_a_key_is_no_duplicate() -> None:
    unknown = pa.array([None, None], pa.int64())
    recorded = pa.array([None, None], pa.timestamp("us"))
    assert kept(rules.unique(("a",), apart="b"), a=unknown, b=recorded) == [True, True]  # type: ignore[arg-type]


def test_a_customer_must_be_known() -> None:
    connection = ibis.duckdb.connect()
    customers = connection.create_table("customers", pa.table({"customer_id": [1, None]}))
    rows = connection.create_table("rows", pa.table({"customer_id": [1, 2, None]}))
    holds: Callable[[ir.Table], Any] = rules.customer(customers).holds
    found = rows.mutate(kept=ibis.coalesce(holds(rows), True)).order_by("customer_id").kept
    assert found.to_pyarrow().to_pylist() == [True, False, True]
