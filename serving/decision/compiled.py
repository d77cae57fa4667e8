"""A policy made ready for one bank: actions written out, conditions compiled, every name checked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from features.contact_entries import FEATURE as CONTACT_HISTORY
from features.spec import Product
from features.vocabulary import CHURN, PROPENSITY_PREFIX, TIER
from serving.decision.actions import Action, check_scope, expand, in_scope
from serving.decision.conditions import Circumstance, Conditions, Rule, compile_context, compile_rules
from serving.decision.contact_compiled import exclusions, require_scopes
from serving.decision.customers import ANY_CHANNEL, consent
from serving.decision.economics import Economics
from serving.decision.expression_nodes import Type
from serving.decision.expressions import Expression, column_types
from serving.decision.faults import PolicyError
from serving.decision.policy import Policy
from serving.decision.vocabulary import LOCAL_HOUR, NOTHING

REQUEST_PREFIX = "request_"


@dataclass(frozen=True)
class CompiledPolicy:
    """All that deciding needs, checked once.

    `conditions` are distinct; `types` are those of the columns they read. `product_values` are the annual
    values of the catalogue's products, `economics` the policy's own figures of some of them.
    `silence_granted`: whether an unstated consent counts as given. `consents` names, by purpose, the column
    that holds each channel's newest statement. `exclusions`: pairs of actions (places, the lower first) never
    chosen together. `fallback`: the place of the default action, None for nothing. `left_out` names the rules
    on columns that the bank lacks. `version` is the policy's own with a hash of all that deciding depends on.
    `bank` is part of the key of every draw.
    """

    policy: Policy
    actions: tuple[Action, ...]
    channels: tuple[str, ...]
    conditions: tuple[Expression, ...]
    types: Mapping[str, Type]
    rules: tuple[Rule, ...]
    circumstances: tuple[Circumstance, ...]
    product_values: Mapping[str, float]
    economics: Mapping[str, Economics]
    silence_granted: bool
    consents: Mapping[str, tuple[str, ...]]
    exclusions: tuple[tuple[int, int], ...]
    fallback: int | None
    left_out: tuple[str, ...]
    version: str
    bank: str = ""

    def levers(self, today: date) -> tuple[float, ...]:
        """Each action's multiplier on `today`: the product of the levers that still have effect."""
        return tuple(self._lever(action, today) for action in self.actions)

    def _lever(self, action: Action, today: date) -> float:
        multiplier = 1.0
        for lever in self.policy.levers:
            if in_scope(action, lever.scope) and today <= lever.until:
                multiplier *= lever.multiplier
        return multiplier

    def warnings(self, today: date) -> tuple[str, ...]:
        """The levers and context weights without effect any more on `today`, each in a sentence."""
        both = (("lever", self.policy.levers), ("context weight", self.policy.context))
        return tuple(
            f"{kind} {one.name} is past its date and without effect"
            for kind, entries in both
            for one in entries
            if today > one.until
        )


def compile_policy(
    policy: Policy,
    catalogue: Mapping[str, Product],
    schema: pa.Schema,
    *,
    consents_recorded: bool,
    bank: str = "",
) -> CompiledPolicy:
    """Check a policy against a bank: its products, and the columns of a table of its customers.

    The scores (churn, propensity_<product>, tier) may be read by conditions even where no model is trained;
    they are unknown then. `consents_recorded` says whether the bank has a consents table at all.

    Raises PolicyError (a BadInputError) with the key: the rule and the place in it, or the scope, product or
    column not known.
    """
    actions = expand(policy, catalogue, schema.names)
    types = _types(policy, catalogue, schema)
    _require_known(policy, actions, types, catalogue)
    if consents_recorded:
        _require_purposes(policy, types)
    conditions = Conditions(types)
    rules = compile_rules(policy.rules, actions, conditions)
    circumstances = tuple(
        compile_context(spec, place, policy, actions, conditions) for place, spec in enumerate(policy.context)
    )
    silence = policy.consent.unstated if consents_recorded else policy.consent.no_table
    kept = {rule.name for rule in rules}
    return CompiledPolicy(
        policy=policy,
        actions=actions,
        channels=tuple(policy.channels),
        conditions=tuple(conditions.compiled.values()),
        types=types,
        rules=rules,
        circumstances=circumstances,
        product_values={name: max(product.annual_value, 0.0) for name, product in catalogue.items()},
        economics={name: Economics.of(spec) for name, spec in policy.products.items()},
        silence_granted=silence == "granted",
        consents=_consents(policy, types),
        exclusions=exclusions(policy.contact, actions),
        fallback=_fallback(policy, actions),
        left_out=tuple(rule.name for rule in policy.rules if rule.if_column and rule.name not in kept),
        version=_version(policy, actions, catalogue, silence),
        bank=bank,
    )


def _require_known(
    policy: Policy, actions: Sequence[Action], types: Mapping[str, Type], catalogue: Mapping[str, Product]
) -> None:
    """Refuse what the policy names outside its conditions and the bank does not have."""
    _require_columns(policy, types)
    for place, lever in enumerate(policy.levers):
        check_scope(actions, lever.scope, f"lever {lever.name!r}", ("levers", place, "scope"))
    _check_outcomes(policy, actions)
    _require_sold(policy, actions, catalogue)
    require_scopes(policy.contact, actions)


def _types(policy: Policy, catalogue: Mapping[str, Product], schema: pa.Schema) -> dict[str, Type]:
    types = column_types(schema)
    types |= {CHURN: "number", TIER: "text"}
    types |= {f"{PROPENSITY_PREFIX}{product}": "number" for product in catalogue}
    types |= {f"{REQUEST_PREFIX}{name}": kind for name, kind in policy.request.items()}
    return types | {f"{REQUEST_PREFIX}{LOCAL_HOUR}": "number"}


def _check_outcomes(policy: Policy, actions: Sequence[Action]) -> None:
    known = [action.id for action in actions]
    for name in policy.exploration.outcomes:
        if name not in known:
            told = f"no such action: {name}; there are {', '.join(known)}"
            raise PolicyError(("exploration", "outcomes", name), told)


def _require_columns(policy: Policy, types: Mapping[str, Type]) -> None:
    """Refuse columns, named outside conditions, that the bank's customers do not have."""
    named: list[tuple[tuple[str, ...], str | None, Type]] = [
        (("value", "balance_column"), policy.value.balance_column, "number"),
        (("language_column",), policy.language_column, "text"),
        *(
            (("products", name, "balance_column"), product.balance_column, "number")
            for name, product in policy.products.items()
        ),
    ]
    for key, column, wanted in named:
        if column is not None and types.get(column) != wanted:
            what = f"is {types[column]}" if column in types else "is not there"
            raise PolicyError(key, f"unknown column {column!r}: expected {wanted}, but it {what}")
    managers = policy.campaign.managers
    if managers is not None and managers.column not in types:
        raise PolicyError(("campaign", "managers", "column"), f"unknown column {managers.column!r}")
    if policy.contact.reads_history and CONTACT_HISTORY not in types:
        told = f"needs the feature {CONTACT_HISTORY!r}; run `nextbest features` again"
        raise PolicyError(("contact",), told)


def _require_purposes(policy: Policy, types: Mapping[str, Type]) -> None:
    """A purpose that no feature tells of would forbid everything without a word."""
    for group, purpose in policy.consent.purposes.items():
        if consent(purpose, ANY_CHANNEL) not in types:
            raise PolicyError(("consent", "purposes", group), f"no feature tells of {purpose!r}")


def _require_sold(policy: Policy, actions: Sequence[Action], catalogue: Mapping[str, Product]) -> None:
    for product in policy.campaign.products:
        if product not in {action.product for action in actions}:
            raise PolicyError(("campaign", "products", product), f"no action sells {product}")
    for product in policy.products:
        if product not in catalogue:
            raise PolicyError(("products", product), f"not in the bank's catalogue: {product}")


def _consents(policy: Policy, types: Mapping[str, Type]) -> dict[str, tuple[str, ...]]:
    """By purpose, the column of each channel: the channel's own, or else the general one."""

    def column(purpose: str, channel: str) -> str:
        own = consent(purpose, channel)
        return own if own in types else consent(purpose, ANY_CHANNEL)

    purposes = sorted(set(policy.consent.purposes.values()))
    return {purpose: tuple(column(purpose, channel) for channel in policy.channels) for purpose in purposes}


def _fallback(policy: Policy, actions: Sequence[Action]) -> int | None:
    known = [action.id for action in actions]
    if policy.fallback == NOTHING:
        return None
    if policy.fallback not in known:
        told = f"no such action: {policy.fallback!r}; expected {NOTHING} or one of {', '.join(known)}"
        raise PolicyError(("fallback",), told)
    return known.index(policy.fallback)


def _version(
    policy: Policy, actions: Sequence[Action], catalogue: Mapping[str, Product], silence: str
) -> str:
    products = [f"{name}={product.annual_value!r}" for name, product in catalogue.items()]
    whole = "\n".join(
        [policy.model_dump_json(exclude_defaults=True), *map(repr, actions), *products, silence]
    )
    return f"{policy.version}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"
