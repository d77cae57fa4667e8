"""Who may be offered what."""

from typing import TYPE_CHECKING

import pyarrow as pa

from serving.decision.customers import Customers
from serving.decision.eligibility import eligible, evaluate

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

CUSTOMERS = pa.table(
    {
        "customer_id": [1, 2, 3, 4],
        "customer_kind": ["individual", "company", None, "company"],
        "holdings_held_card": [0.0, 1.0, None, 0.0],
        "age": [17.0, 40.0, 40.0, None],
    }
)
RULES = [
    {"name": "adult", "condition": "age >= 18"},
    {"name": "not_forty", "condition": "age <> 40", "scope": "cross_sell:loan"},
]


def told(policy: "Compile", rules: list[dict[str, str]]) -> list[list[str]]:
    """The reason for each action (rows) and customer (columns)."""
    compiled = policy(CUSTOMERS, rules=rules)
    known = Customers(CUSTOMERS)
    stage = eligible(compiled, known, evaluate(compiled, known))
    return [[stage.reasons[code] for code in row] for row in stage.dropped[:, 0]]


def test_held_and_kind_come_from_the_catalogue(compiled: "Compile") -> None:
    # The loan is for companies; an unknown kind may have it.
    assert told(compiled, []) == [
        ["", "", "", ""],
        ["", "held_already", "", ""],
        ["not_for_this_kind", "", "", ""],
        ["", "", "", ""],
    ]


def test_a_rule_that_is_unknown_is_not_satisfied(compiled: "Compile") -> None:
    assert told(compiled, RULES) == [
        ["adult", "", "", "adult"],
        ["adult", "held_already", "", "adult"],
        ["not_for_this_kind", "not_forty", "not_forty", "adult"],
        ["adult", "", "", "adult"],
    ]


def test_outcomes_keep_the_unknown_apart(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, rules=[*RULES, {"name": "never", "condition": "1 > 2"}])
    assert evaluate(policy, Customers(CUSTOMERS)).tolist() == [[0, 1, 1, -1], [1, 0, 0, -1], [0, 0, 0, 0]]
