"""A policy made ready for one bank: actions written out, conditions compiled, every name checked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from features.errors import BadInputError
from features.spec import Product
from features.vocabulary import CHURN, PROPENSITY_PREFIX, TIER
from serving.decision.actions import Action, check_scope, expand, in_scope
from serving.decision.customers import ANY_CHANNEL, consent
from serving.decision.expression_nodes import Type
from serving.decision.expressions import Expression, column_types, compile_condition
from serving.decision.policy import ContextSpec, Policy, RuleSpec

REQUEST_PREFIX = "request_"
PRODUCT_PLACE = "{product}"


@dataclass(frozen=True)
class Rule:
    """A rule over some actions (their places): `condition` is its place among the policy's conditions."""

    name: str
    actions: tuple[int, ...]
    condition: int


@dataclass(frozen=True)
class Circumstance:
    """A context weight over some actions and channels (their places); `condition` None: always."""

    name: str
    weight: float
    actions: tuple[int, ...]
    channels: tuple[int, ...]
    condition: int | None


@dataclass(frozen=True)
class CompiledPolicy:
    """All that deciding needs, checked once.

    `conditions` are distinct; `types` are those of the columns they read. `product_values` are the annual
    values of the catalogue's products. `silence_granted`: whether an unstated consent counts as given.
    `version` is the policy's own with a hash of all that deciding depends on.
    """

    policy: Policy
    actions: tuple[Action, ...]
    channels: tuple[str, ...]
    conditions: tuple[Expression, ...]
    types: Mapping[str, Type]
    rules: tuple[Rule, ...]
    circumstances: tuple[Circumstance, ...]
    product_values: Mapping[str, float]
    silence_granted: bool
    version: str

    def levers(self, today: date) -> tuple[float, ...]:
        """Each action's multiplier on `today`: the product of the levers that still have effect."""
        return tuple(self._lever(action, today) for action in self.actions)

    def _lever(self, action: Action, today: date) -> float:
        multiplier = 1.0
        for lever in self.policy.levers:
            if in_scope(action, lever.scope) and today <= lever.until:
                multiplier *= lever.multiplier
        return multiplier

    def expired_levers(self, today: date) -> tuple[str, ...]:
        """The levers without effect any more."""
        return tuple(lever.name for lever in self.policy.levers if today > lever.until)


def compile_policy(
    policy: Policy, catalogue: Mapping[str, Product], schema: pa.Schema, *, consents_recorded: bool
) -> CompiledPolicy:
    """Check a policy against a bank: its products, and the columns of a table of its customers.

    The scores (churn, propensity_<product>, tier) may be read by conditions even where no model is trained;
    they are unknown then. `consents_recorded` says whether the bank has a consents table at all.

    Raises BadInputError naming the rule and the place in it, or the scope, product or column not known.
    """
    actions = expand(policy, catalogue, schema.names)
    types = _types(policy, catalogue, schema)
    if policy.value.balance_column not in types:
        raise BadInputError(f"policy: value.balance_column: unknown column {policy.value.balance_column!r}")
    for lever in policy.levers:
        check_scope(actions, lever.scope, f"policy: lever {lever.name!r}")
    if consents_recorded:
        _check_purposes(policy, types)
    unsold = set(policy.campaign.products) - {action.product for action in actions}
    if unsold:
        raise BadInputError(f"policy: campaign.products: no action sells {', '.join(sorted(unsold))}")
    conditions = _Conditions(types)
    rules = tuple(rule for spec in policy.rules for rule in _rules(spec, actions, conditions))
    circumstances = tuple(_circumstance(spec, policy, actions, conditions) for spec in policy.context)
    silence = policy.consent.unstated if consents_recorded else policy.consent.no_table
    return CompiledPolicy(
        policy=policy,
        actions=actions,
        channels=tuple(policy.channels),
        conditions=tuple(conditions.compiled.values()),
        types=types,
        rules=rules,
        circumstances=circumstances,
        product_values={name: max(product.annual_value, 0.0) for name, product in catalogue.items()},
        silence_granted=silence == "granted",
        version=_version(policy, actions, catalogue, silence),
    )


def _types(policy: Policy, catalogue: Mapping[str, Product], schema: pa.Schema) -> dict[str, Type]:
    types = column_types(schema)
    types |= {CHURN: "number", TIER: "text"}
    types |= {f"{PROPENSITY_PREFIX}{product}": "number" for product in catalogue}
    return types | {f"{REQUEST_PREFIX}{name}": kind for name, kind in policy.request.items()}


def _check_purposes(policy: Policy, types: Mapping[str, Type]) -> None:
    """A purpose that no feature tells of would forbid everything without a word."""
    for group, purpose in policy.consent.purposes.items():
        if consent(purpose, ANY_CHANNEL) not in types:
            raise BadInputError(f"policy: consent.purposes.{group}: no feature tells of {purpose!r}")


class _Conditions:
    """Compiles each distinct condition once."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self.compiled: dict[str, Expression] = {}

    def place(self, text: str, where: str) -> int:
        if text not in self.compiled:
            self.compiled[text] = compile_condition(text, self._types, where)
        return list(self.compiled).index(text)


def _rules(spec: RuleSpec, actions: Sequence[Action], conditions: _Conditions) -> list[Rule]:
    where = f"policy: rule {spec.name!r}"
    check_scope(actions, spec.scope, where)
    covered = [place for place, action in enumerate(actions) if in_scope(action, spec.scope)]
    if PRODUCT_PLACE not in spec.condition:
        # Compiled even where it covers nothing: a faulty rule is refused at every bank.
        return [Rule(spec.name, tuple(covered), conditions.place(spec.condition, where))]
    sold = [(place, product) for place in covered if (product := actions[place].product)]
    if len(sold) < len(covered):
        raise BadInputError(f"{where}: {PRODUCT_PLACE} is for rules of scope cross_sell, not {spec.scope!r}")
    return [
        Rule(spec.name, (place,), conditions.place(spec.condition.replace(PRODUCT_PLACE, product), where))
        for place, product in sold
    ]


def _circumstance(
    spec: ContextSpec, policy: Policy, actions: Sequence[Action], conditions: _Conditions
) -> Circumstance:
    where = f"policy: context {spec.name!r}"
    check_scope(actions, spec.scope, where)
    return Circumstance(
        name=spec.name,
        weight=spec.weight,
        actions=tuple(place for place, action in enumerate(actions) if in_scope(action, spec.scope)),
        channels=tuple(
            place for place, channel in enumerate(policy.channels) if spec.channel in (None, channel)
        ),
        condition=conditions.place(spec.condition, where) if spec.condition else None,
    )


def _version(
    policy: Policy, actions: Sequence[Action], catalogue: Mapping[str, Product], silence: str
) -> str:
    products = [f"{name}={product.annual_value!r}" for name, product in catalogue.items()]
    whole = "\n".join([policy.model_dump_json(), *map(repr, actions), *products, silence])
    return f"{policy.version}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"
