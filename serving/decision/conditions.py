"""A policy's rules and context weights at one bank: conditions compiled once, actions by place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from features.errors import BadInputError
from serving.decision.actions import Action, check_scope, in_scope
from serving.decision.expression_nodes import Type
from serving.decision.expressions import Expression, compile_condition
from serving.decision.faults import Key, PolicyError
from serving.decision.policy import Policy, RuleSpec
from serving.decision.value_spec import ContextSpec
from serving.decision.vocabulary import RULE_KINDS, RuleKind

PRODUCT_PLACE = "{product}"


@dataclass(frozen=True)
class Rule:
    """A rule over some actions (their places): `condition` is its place among the policy's conditions."""

    name: str
    actions: tuple[int, ...]
    condition: int
    kind: RuleKind = "eligibility"
    scope: str = "all"


@dataclass(frozen=True)
class Circumstance:
    """A context weight over some actions and channels (their places), with effect up to the day `until`.

    `condition` None: always.
    """

    name: str
    weight: float
    actions: tuple[int, ...]
    channels: tuple[int, ...]
    condition: int | None
    until: date


class Conditions:
    """Compiles each distinct condition once."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types
        self.compiled: dict[str, Expression] = {}

    def place(self, text: str, where: str, key: Key) -> int:
        """A condition's place; raises PolicyError naming `where` and the position in the condition."""
        if text not in self.compiled:
            self.compiled[text] = _compile(text, self.types, where, key)
        return list(self.compiled).index(text)

    def check(self, text: str, absent: str, where: str, key: Key) -> None:
        """Refuse a condition that would be wrong even if the bank had the column `absent`."""
        unknown: Type = "nothing"
        _compile(text, {**self.types, absent: unknown}, where, key)


def _compile(text: str, types: Mapping[str, Type], where: str, key: Key) -> Expression:
    try:
        return compile_condition(text, types, where)
    except BadInputError as error:
        raise PolicyError(key, str(error)) from error


def compile_rules(
    specs: Sequence[RuleSpec], actions: Sequence[Action], conditions: Conditions
) -> tuple[Rule, ...]:
    """Every rule, those of all actions before those of a group before those of one action, kind by kind.

    Raises PolicyError for an unknown scope or a faulty condition. A rule whose `if_column` the bank lacks is
    checked and left out.
    """
    found = [rule for place, spec in enumerate(specs) for rule in _rules(spec, place, actions, conditions)]
    return tuple(sorted(found, key=_order))


def _order(rule: Rule) -> tuple[int, int]:
    reach = 0 if rule.scope == "all" else 1 if rule.scope in ("retain", "cross_sell", "service") else 2
    return RULE_KINDS.index(rule.kind), reach


def _rules(spec: RuleSpec, place: int, actions: Sequence[Action], conditions: Conditions) -> list[Rule]:
    where, key = f"rule {spec.name!r}", ("rules", place, "condition")
    covered = covered_by(actions, spec.scope, where, ("rules", place, "scope"))
    absent = spec.if_column is not None and spec.if_column not in conditions.types
    if PRODUCT_PLACE not in spec.condition:
        written = [(tuple(covered), spec.condition)]
    else:
        sold = [(one, product) for one in covered if (product := actions[one].product)]
        if len(sold) < len(covered):
            told = f"{where}: {PRODUCT_PLACE} is for rules of scope cross_sell, not {spec.scope!r}"
            raise PolicyError(key, told)
        written = [((one,), spec.condition.replace(PRODUCT_PLACE, product)) for one, product in sold]
    if absent:
        for _, text in written:
            conditions.check(text, spec.if_column or "", where, key)
        return []
    # Compiled even where it covers nothing: a faulty rule is refused at every bank.
    return [
        Rule(spec.name, covers, conditions.place(text, where, key), spec.kind, spec.scope)
        for covers, text in written
    ]


def compile_context(
    spec: ContextSpec, place: int, policy: Policy, actions: Sequence[Action], conditions: Conditions
) -> Circumstance:
    """One context weight; raises PolicyError for an unknown scope or a faulty condition."""
    where, key = f"context {spec.name!r}", ("context", place, "condition")
    covered = covered_by(actions, spec.scope, where, ("context", place, "scope"))
    return Circumstance(
        name=spec.name,
        weight=spec.weight,
        actions=tuple(covered),
        channels=tuple(
            number for number, channel in enumerate(policy.channels) if spec.channel in (None, channel)
        ),
        condition=conditions.place(spec.condition, where, key) if spec.condition is not None else None,
        until=spec.until,
    )


def covered_by(actions: Sequence[Action], scope: str, where: str, key: Key) -> list[int]:
    """The places of the actions that a scope covers; raises PolicyError for a scope that is none."""
    check_scope(actions, scope, where, key)
    return [place for place, action in enumerate(actions) if in_scope(action, scope)]
