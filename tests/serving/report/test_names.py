"""Whatever takes an action away is told in both languages."""

import ast
from pathlib import Path
from types import ModuleType

import pytest

from serving.decision import candidates, eligibility, objection, permission, value
from serving.policy.file import default_policy_path, read_policy
from serving.report.names import WORDS

CONTACT_LIMITS = ("contacted_recently", "contacted_often_30d", "contacted_often_90d")


def dropped_by(stage: ModuleType) -> set[str]:
    """The reasons that a stage's source names as it drops."""
    tree = ast.parse(Path(str(stage.__file__)).read_text("utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "drop"
        and isinstance(node.args[0], ast.Constant)
    }


@pytest.mark.parametrize("stage", [candidates, eligibility, permission, value])
def test_every_reason_of_a_stage_has_chinese(stage: ModuleType) -> None:
    reasons = dropped_by(stage)
    assert reasons
    assert all(WORDS[reason][1] for reason in reasons)


def test_objections_and_contact_limits_have_chinese() -> None:
    assert all(WORDS[reason][1] for reason in (objection.REASON, *CONTACT_LIMITS))


def test_every_rule_of_the_default_policy_has_chinese() -> None:
    policy = read_policy(default_policy_path())
    contact = policy.contact
    rules = [*policy.rules, *contact.caps, *contact.spacing, *contact.suppression]
    assert rules
    assert all(WORDS[rule.name][1] for rule in rules)
