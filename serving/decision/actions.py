"""The actions a policy comes to at one bank: its own, with cross_sell written out product by product."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from features.spec import Product
from features.vocabulary import UPLIFT_PREFIX, Kind
from serving.decision.economics import Economics
from serving.decision.faults import Key, PolicyError
from serving.decision.policy import ActionSpec, Policy
from serving.decision.vocabulary import Group

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
    `value` is the value stated, None where it depends on the customer: what the product's `economics` say of
    them, or their value at risk. `basis` says what the probability is. `channels` are those it goes through;
    empty: all that carry its group.
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
    economics: Economics | None = None
    # Not in the repr, of which versions are made: the policy's own text says it where it is stated.
    channels: tuple[str, ...] = field(default=(), repr=False)


def expand(
    policy: Policy, catalogue: Mapping[str, Product], columns: Iterable[str] = ()
) -> tuple[Action, ...]:
    """Every action of the policy at a bank with this product catalogue, in the policy's order.

    An action with a column uplift_<id> among the customers' `columns` is valued by it.

    Raises PolicyError for a product the catalogue lacks or that two actions sell, and if nothing is left.
    """
    actions: list[Action] = []
    for name, spec in policy.actions.items():
        sells = spec.group == "cross_sell"
        found = _cross_sell(name, spec, policy, catalogue) if sells else [_own(name, spec)]
        known = {action.id for action in actions}
        repeated = [action.id for action in found if action.id in known]
        if repeated:
            raise PolicyError(("actions", name), f"two actions are the same: {', '.join(repeated)}")
        actions += found
    if not actions:
        raise PolicyError(("actions",), "no action is left: the bank's product catalogue is empty")
    columns = set(columns)
    return tuple(_by_uplift(action) if UPLIFT_PREFIX + action.id in columns else action for action in actions)


def in_scope(action: Action, scope: str) -> bool:
    """Whether a scope ("all", a group or an action's id) covers the action."""
    return scope in ("all", action.group, action.id)


def check_scope(actions: Iterable[Action], scope: str, where: str, key: Key) -> None:
    """Refuse a scope that covers no action by name.

    Raises PolicyError listing the known scopes. A group without an action is a scope: a bank may have
    no products to sell.
    """
    known = ["all", *_BASIS, *(action.id for action in actions)]
    if scope not in known:
        raise PolicyError(key, f"{where}: unknown scope {scope!r}; expected one of {', '.join(known)}")


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
        channels=spec.channels,
    )


def _cross_sell(
    name: str, spec: ActionSpec, policy: Policy, catalogue: Mapping[str, Product]
) -> list[Action]:
    for place, product in enumerate(spec.products):
        if product not in catalogue or product in spec.products[:place]:
            told = "named twice" if product in catalogue else "not in the bank's catalogue"
            raise PolicyError(("actions", name, "products", place), f"{told}: {product}")
    return [_sell(product, catalogue[product], spec, policy) for product in spec.products or catalogue]


def _sell(product: str, described: Product, spec: ActionSpec, policy: Policy) -> Action:
    stated = described.annual_value if described.annual_value else policy.value.product_value
    economics = policy.products.get(product) if spec.value is None else None
    name_en = described.name_en or product.replace("_", " ")
    return Action(
        id=f"cross_sell:{product}",
        group="cross_sell",
        product=product,
        basis=_BASIS["cross_sell"],
        rate=1.0,
        # A loss stays nothing, so that no lever can turn it around.
        value=None if economics else max(spec.value if spec.value is not None else stated, 0.0),
        cost=spec.cost,
        kinds=tuple(described.kinds),
        name_en=name_en,
        name_zh=described.name_zh or name_en,
        reason_features=spec.reason_features,
        economics=Economics.of(economics) if economics else None,
        channels=spec.channels,
    )
