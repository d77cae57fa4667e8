"""A policy made ready: every name is checked against the bank before anything is decided."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from features.errors import BadInputError

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

CUSTOMERS = pa.table({"customer_id": [1], "age": [30.0], "consents_marketing_any": [1.0]})
LEVER = {"name": "push", "multiplier": 2.0, "set_by": "Ms Li", "reason": "season", "until": date(2024, 6, 1)}

WEIGHT = {"name": "c", "weight": 2.0, "set_by": "Ms Li", "reason": "season", "until": date(2024, 6, 1)}


def rule(condition: str, scope: str = "all") -> dict[str, Any]:
    return {"rules": [{"name": "adult", "condition": condition, "scope": scope}]}


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            rule("agee > 18"),
            "policy: rules.0.condition: rule 'adult', line 1, column 1: unknown column 'agee'; did you",
        ),
        (rule("age = 'x'"), "rule 'adult', line 1, column 7: expected number"),
        (rule("propensity_boat > 0"), "unknown column 'propensity_boat'"),
        (rule("request_topic = 'x'"), "unknown column 'request_topic'"),
        (rule("age > 18", "cross_sell:boat"), "rule 'adult': unknown scope 'cross_sell:boat'"),
        (rule("propensity_{product} > 0"), "{product} is for rules of scope cross_sell"),
        ({"levers": [{**LEVER, "scope": "boats"}]}, "lever 'push': unknown scope"),
        ({"context": [{**WEIGHT, "condition": "agee > 1"}]}, "context.0.condition: context 'c', line 1"),
        ({"value": {"balance_column": "wealth"}}, "value.balance_column: unknown column 'wealth'"),
        ({"campaign": {"products": {"boat": {"maximum": 1}}}}, "no action sells boat"),
        ({"consent": {"purposes": {"retain": "research"}}}, "no feature tells of 'research'"),
    ],
)
def test_unknown_names_are_refused(compiled: "Compile", sections: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError) as refused:
        compiled(CUSTOMERS, consents_recorded=True, **sections)
    assert message in str(refused.value)


def test_scores_may_be_read_without_a_model(compiled: "Compile") -> None:
    condition = "churn > 0.1 OR propensity_card > 0.1 OR tier = 'valuable'"
    assert len(compiled(CUSTOMERS, **rule(condition)).conditions) == 1


def test_a_rule_with_a_product_is_written_out(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, **rule("propensity_{product} > 0", "cross_sell"))
    assert [condition.text for condition in policy.conditions] == [
        "propensity_card > 0",
        "propensity_loan > 0",
    ]
    assert [one.actions for one in policy.rules] == [(1,), (2,)]


def test_equal_conditions_are_compiled_once(compiled: "Compile") -> None:
    rules = [{"name": name, "condition": "age > 18", "scope": name} for name in ("retain", "service")]
    policy = compiled(CUSTOMERS, rules=rules)
    assert len(policy.conditions) == 1
    assert [(one.actions, one.condition) for one in policy.rules] == [((0,), 0), ((3,), 0)]


def test_levers_multiply_until_their_last_day(compiled: "Compile") -> None:
    sale = {**LEVER, "name": "sale", "multiplier": 3.0, "scope": "cross_sell:card", "until": date(2024, 7, 1)}
    policy = compiled(CUSTOMERS, levers=[LEVER, sale])
    assert policy.levers(date(2024, 6, 1)) == (2.0, 6.0, 2.0, 2.0)
    assert policy.levers(date(2024, 6, 2)) == (1.0, 3.0, 1.0, 1.0)
    assert policy.warnings(date(2024, 6, 2)) == ("lever push is past its date and without effect",)


def test_the_version_tells_policies_apart(compiled: "Compile") -> None:
    one, same = compiled(CUSTOMERS).version, compiled(CUSTOMERS).version
    other = compiled(CUSTOMERS, minimum_expected_value=1.0).version
    cheaper = compiled(
        CUSTOMERS, products={}, actions={"retain": {"group": "retain", "save_rate": 0.5}}
    ).version
    assert one == same
    assert one.startswith("test-")
    assert len({one, other, cheaper}) == 3
