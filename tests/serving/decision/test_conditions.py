"""Rules of all actions, of a group and of one, and rules on columns that a bank may lack."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from features.errors import BadInputError
from serving.decision.customers import Customers
from serving.decision.decide import decide
from serving.decision.eligibility import eligible, evaluate
from serving.decision.trace import ranked

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

CUSTOMERS = pa.table({"customer_id": [1, 2, 3, 4], "age": [10.0, 20.0, 30.0, 40.0]})
TODAY = date(2024, 5, 1)
GUARD = {
    "name": "guard",
    "if_column": "vulnerable",
    "condition": "coalesce(vulnerable, 0) = 0",
    "scope": "cross_sell",
}


def rule(name: str, scope: str, condition: str, kind: str = "eligibility") -> dict[str, Any]:
    return {"name": name, "scope": scope, "condition": condition, "kind": kind}


def test_every_rule_that_covers_an_action_holds_the_general_ones_first(compiled: "Compile") -> None:
    rules = [
        rule("one", "cross_sell:card", "age > 35"),
        rule("group", "cross_sell", "age > 25"),
        rule("everyone", "all", "age > 15", "suitability"),
    ]
    policy = compiled(CUSTOMERS, rules=rules)
    assert [one.name for one in policy.rules] == ["group", "one", "everyone"]
    known = Customers(CUSTOMERS)
    stage = eligible(policy, known, evaluate(policy, known))
    told = [[stage.reasons[code] for code in action[0]] for action in stage.dropped]
    assert told[1] == ["group", "group", "one", ""]
    assert told[2] == ["group", "group", "", ""]
    assert told[3] == ["everyone", "", "", ""]


def test_a_rule_on_a_column_that_is_not_there_is_left_out(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, rules=[GUARD])
    assert (policy.rules, policy.left_out) == ((), ("guard",))
    flagged = CUSTOMERS.append_column("vulnerable", pa.array([1.0, 0.0, None, 1.0]))
    policy = compiled(flagged, rules=[GUARD])
    assert ([one.name for one in policy.rules], policy.left_out) == (["guard"], ())


@pytest.mark.parametrize("condition", ["vulnerable = 0 AND agee > 1", "vulnerable +", "age + vulnerable"])
def test_it_is_checked_nonetheless(compiled: "Compile", condition: str) -> None:
    with pytest.raises(BadInputError, match=r"rules\.0\.condition: rule 'guard'"):
        compiled(CUSTOMERS, rules=[{**GUARD, "condition": condition}])


@pytest.mark.parametrize(("until", "weight"), [(TODAY, 2.0), (date(2024, 4, 30), 1.0)])
def test_a_context_weight_past_its_date_has_no_effect(
    compiled: "Compile", until: date, weight: float
) -> None:
    season = {"name": "season", "weight": 2.0, "set_by": "Ms Li", "reason": "spring", "until": until}
    policy = compiled(CUSTOMERS, context=[season])
    assert ranked(decide(CUSTOMERS, policy, TODAY))[0].context_weight == weight
    expired = ("context weight season is past its date and without effect",)
    assert policy.warnings(TODAY) == (() if weight == 2.0 else expired)
