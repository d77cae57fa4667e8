"""The actions a policy comes to at one bank: its own, with cross_sell written out product by product."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from features.errors import BadInputError
from features.spec import Product
from features.vocabulary import UPLIFT_PREFIX, Kind
from serving.decision.policy import ActionSpec, Group, Policy

Basis = Literal["churn_x_save_rate", "propensity", "stated", "uplift"]

_BASIS: Mapping[Group, Basis] = {
    "retain": "churn_x_save_rate",
    "cross_sell": "propensity",
    "service": "stated",
}


@dataclass(frozen=True)
class Action:
    """One thing that can be done.

    `id` is "retain", "retain:<name>", "cross_sell:<product>" or "service:<name>", as in the contact history.
    `rate` is the save rate (retain), the stated probability (service), or 1 (cross_sell, and by uplift).
    `value` is the annual value stated, None for the customer's value at risk. `basis` says what the
    probability is.
    """

    id: str
    group: Group
    product: str | None
    basis: Basis
    rate: float
    value: float | None
    cost: float
    kinds: tuple[str, ...]
    name_en: str
    name_zh: str
    reason_features: tuple[str, ...]


def expand(
    policy: Policy, catalogue: Mapping[str, Product], columns: Iterable[str] = ()
) -> tuple[Action, ...]:
    """Every action of the policy at a bank with this product catalogue, in the policy's order.

    An action with a column uplift_<id> among the customers' `columns` is valued by it.

    Raises BadInputError for a product the catalogue lacks or that two actions sell, and if nothing is left.
    """
    actions = [
        action
        for name, spec in policy.actions.items()
        for action in (
            _cross_sell(name, spec, policy, catalogue) if spec.group == "cross_sell" else [_own(name, spec)]
        )
    ]
    repeated = {one.id for one in actions if [other.id for other in actions].count(one.id) > 1}
    if repeated:
        raise BadInputError(f"policy: two actions are the same: {', '.join(sorted(repeated))}")
    if not actions:
        raise BadInputError("policy: no action is left: the bank's product catalogue is empty")
    known = set(columns)
    return tuple(_by_uplift(action) if UPLIFT_PREFIX + action.id in known else action for action in actions)


def in_scope(action: Action, scope: str) -> bool:
    """Whether a scope ("all", a group or an action's id) covers the action."""
    return scope in ("all", action.group, action.id)


def check_scope(actions: Iterable[Action], scope: str, where: str) -> None:
    """Refuse a scope that covers no action by name.

    Raises BadInputError listing the known scopes. A group without an action is a scope: a bank may have
    no products to sell.
    """
    known = ["all", *_BASIS, *(action.id for action in actions)]
    if scope not in known:
        raise BadInputError(f"{where}: unknown scope {scope!r}; expected one of {', '.join(known)}")


def _by_uplift(action: Action) -> Action:
    return replace(action, basis="uplift", rate=1.0)


def _own(name: str, spec: ActionSpec) -> Action:
    rate = spec.save_rate if spec.group == "retain" else spec.probability
    assert rate is not None  # the policy's own validation
    return Action(
        id=spec.group if name == spec.group else f"{spec.group}:{name}",
        group=spec.group,
        product=None,
        basis=_BASIS[spec.group],
        rate=rate,
        value=spec.value,
        cost=spec.cost,
        kinds=tuple(Kind),
        name_en=spec.name_en or name.replace("_", " "),
        name_zh=spec.name_zh or spec.name_en or name.replace("_", " "),
        reason_features=spec.reason_features,
    )


def _cross_sell(
    name: str, spec: ActionSpec, policy: Policy, catalogue: Mapping[str, Product]
) -> list[Action]:
    unknown = set(spec.products) - set(catalogue)
    if unknown:
        raise BadInputError(
            f"policy: actions.{name}.products: not in the bank's catalogue: {', '.join(sorted(unknown))}"
        )
    return [_sell(product, catalogue[product], spec, policy) for product in spec.products or catalogue]


def _sell(product: str, described: Product, spec: ActionSpec, policy: Policy) -> Action:
    stated = described.annual_value if described.annual_value else policy.value.product_value
    name_en = described.name_en or product.replace("_", " ")
    return Action(
        id=f"cross_sell:{product}",
        group="cross_sell",
        product=product,
        basis=_BASIS["cross_sell"],
        rate=1.0,
        # A loss stays nothing, so that no lever can turn it around.
        value=max(spec.value if spec.value is not None else stated, 0.0),
        cost=spec.cost,
        kinds=tuple(described.kinds),
        name_en=name_en,
        name_zh=described.name_zh or name_en,
        reason_features=spec.reason_features,
    )
