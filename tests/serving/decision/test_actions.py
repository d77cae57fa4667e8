"""A policy's actions, written out for a catalogue."""

from typing import TYPE_CHECKING

import pytest

from features.errors import BadInputError
from features.spec import Product
from serving.decision.actions import check_scope, expand, in_scope

if TYPE_CHECKING:
    from tests.serving.decision.conftest import ReadPolicy

PRODUCTS = {
    "card": Product(name_en="Card", annual_value=100.0),
    "loan": Product(annual_value=-5.0),
    "fund": Product(),
}


def test_cross_sell_is_one_action_a_product(read_policy: "ReadPolicy") -> None:
    actions = expand(read_policy(value={"balance_column": "b", "product_value": 60.0}), PRODUCTS)
    assert [action.id for action in actions] == [
        "retain", "cross_sell:card", "cross_sell:loan", "cross_sell:fund", "service:greet"
    ]  # fmt: skip
    # A loss is worth nothing; what the catalogue does not value has the policy's stand-in.
    assert [action.value for action in actions] == [None, 100.0, 0.0, 60.0, 10.0]
    assert [action.basis for action in actions[:2]] == ["churn_x_save_rate", "propensity"]
    assert (actions[1].name_en, actions[1].name_zh) == ("Card", "Card")
    assert actions[3].name_en == "fund"


def test_gestures_of_one_group_keep_their_names(read_policy: "ReadPolicy") -> None:
    gestures = {name: {"group": "retain", "save_rate": 0.1} for name in ("fee_waiver", "call")}
    assert [action.id for action in expand(read_policy(actions=gestures), {})] == [
        "retain:fee_waiver",
        "retain:call",
    ]


def test_products_named_are_the_only_ones_sold(read_policy: "ReadPolicy") -> None:
    policy = read_policy(actions={"sell": {"group": "cross_sell", "products": ["fund"], "value": 7.0}})
    (action,) = expand(policy, PRODUCTS)
    assert (action.id, action.product, action.value) == ("cross_sell:fund", "fund", 7.0)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (
            {"a": {"group": "cross_sell", "products": ["boat"]}},
            "actions.a.products.0: not in the bank's catalogue: boat",
        ),
        (
            {"a": {"group": "cross_sell"}, "b": {"group": "cross_sell", "products": ["card"]}},
            "two actions are the same: cross_sell:card",
        ),
    ],
)
def test_impossible_actions_are_refused(
    read_policy: "ReadPolicy", actions: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInputError, match=message):
        expand(read_policy(actions=actions), PRODUCTS)


def test_nothing_to_do_is_refused(read_policy: "ReadPolicy") -> None:
    with pytest.raises(BadInputError, match="no action is left"):
        expand(read_policy(actions={"sell": {"group": "cross_sell"}}), {})


def test_scopes(read_policy: "ReadPolicy") -> None:
    actions = expand(read_policy(), PRODUCTS)
    card = actions[1]
    assert [in_scope(card, scope) for scope in ("all", "cross_sell", "cross_sell:card", "retain")] == [
        True, True, True, False
    ]  # fmt: skip
    with pytest.raises(
        BadInputError, match=r"lever 'x': unknown scope 'cross_sell:boat'; expected one of all, "
    ):
        check_scope(actions, "cross_sell:boat", "lever 'x'", ("levers", 0, "scope"))
