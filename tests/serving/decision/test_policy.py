"""policy.toml is strict: what it says is understood whole, or refused by key."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from features.errors import BadInputError

if TYPE_CHECKING:
    from tests.serving.decision.conftest import ReadPolicy

LEVER = {"name": "push", "multiplier": 2.0, "set_by": "Ms Li", "reason": "season", "until": date(2024, 6, 1)}
WEIGHT = {"name": "x", "weight": 1.0, "set_by": "Ms Li", "reason": "season", "until": date(2024, 6, 1)}


def test_what_is_left_out_has_a_careful_default(read_policy: "ReadPolicy") -> None:
    policy = read_policy()
    assert policy.consent.unstated == "refused"
    assert policy.consent.no_table == "refused"
    assert policy.holdout.share == 0
    assert policy.campaign.budget is None
    assert policy.channels["app"].capacity is None


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"holdut": {}}, "holdut: unknown key; did you mean 'holdout'?"),
        ({"actions": {}}, "actions: "),
        ({"channels": {"app": {"cost": -1.0}}}, "channels.app.cost"),
        ({"channels": {"app": {"cost": "1"}}}, "channels.app.cost"),
        ({"actions": {"keep": {"group": "retain"}}}, "needs save_rate"),
        ({"actions": {"greet": {"group": "service", "value": 1.0}}}, "needs probability"),
        ({"actions": {"sell": {"group": "cross_sell", "save_rate": 0.5}}}, "takes no save_rate"),
        ({"actions": {"keep": {"group": "retain", "save_rate": 0.1, "products": ["x"]}}}, "no products"),
        ({"actions": {"keep": {"group": "retain", "save_rate": 1.5}}}, "actions.keep.save_rate"),
        ({"levers": [LEVER, LEVER]}, "levers.1.name: names repeat: push"),
        ({"levers": [{**LEVER, "reason": ""}]}, "levers.0.reason"),
        ({"levers": [{**LEVER, "until": "soon"}]}, "levers.0.until"),
        (
            {"context": [{**WEIGHT, "channel": "fax"}]},
            "context.0.channel: no such channel: fax; there are app, call",
        ),
        ({"holdout": {"share": 2.0}}, "holdout.share"),
        ({"consent": {"purposes": {"sell": "marketing"}}}, "consent.purposes"),
        ({"max_actions": 6}, "max_actions"),
    ],
)
def test_faults_are_refused_by_key(read_policy: "ReadPolicy", sections: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_policy(**sections)
    assert message in str(refused.value)
    assert str(refused.value).startswith("policy.toml, line 1: ")
