"""Consent and contact policy."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from serving.decision.customers import Customers
from serving.decision.permission import permitted

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

NAN = float("nan")
CONSENTS = pa.table(
    {
        "customer_id": [1, 2, 3, 4, 5],
        "consents_marketing_app": [1.0, 0.0, None, None, 1.0],
        "consents_marketing_any": [None, None, None, 1.0, 0.0],
    }
)
CONTACTS = pa.table(
    {
        "customer_id": [1, 2, 3, 4],
        "contacts_days_since_last_offer": [3.0, 14.0, None, 20.0],
        "contacts_offers_30d": [1.0, 2.0, None, 0.0],
        "contacts_offers_90d": [1.0, 3.0, None, 4.0],
    }
)


def told(policy: Any, customers: pa.Table, action: int, channel: int) -> list[str]:
    stage = permitted(policy, Customers(customers))
    return [stage.reasons[code] for code in stage.dropped[action, channel]]


@pytest.mark.parametrize(
    ("recorded", "consent", "silent"),
    [
        (True, {}, "no_consent"),
        (True, {"unstated": "granted"}, ""),
        (True, {"no_table": "granted"}, "no_consent"),
        (False, {"no_table": "granted"}, ""),
        (False, {"unstated": "granted"}, "no_consent"),
    ],
)
def test_silence_means_what_the_policy_says(
    compiled: "Compile", recorded: bool, consent: dict[str, str], silent: str
) -> None:
    policy = compiled(
        CONSENTS, consents_recorded=recorded, consent={"purposes": {"cross_sell": "marketing"}, **consent}
    )
    card, app, call = 1, 0, 1
    # Granted; refused; silent; granted for any channel; refused for any, and granted here since.
    assert told(policy, CONSENTS, card, app) == ["", "no_consent", silent, "", ""]
    assert told(policy, CONSENTS, card, call) == [silent, silent, silent, "", "no_consent"]
    greet = 3
    assert told(policy, CONSENTS, greet, app) == [""] * 5


def test_spacing_and_caps_hold_for_the_groups_named(compiled: "Compile") -> None:
    contact = {"groups": ["retain"], "min_spacing_days": 14, "max_contacts_30d": 2, "max_contacts_90d": 4}
    policy = compiled(CONTACTS, contact=contact)
    retain, greet = 0, 3
    assert told(policy, CONTACTS, retain, 0) == [
        "contacted_recently", "contacted_often_30d", "", "contacted_often_90d"
    ]  # fmt: skip
    assert told(policy, CONTACTS, greet, 0) == [""] * 4


def test_who_was_never_contacted_is_free_unless_nobody_is(compiled: "Compile") -> None:
    never = pa.table({"customer_id": [1]})
    assert told(compiled(never, contact={"max_contacts_30d": 1}), never, 0, 0) == [""]
    assert told(compiled(never, contact={"max_contacts_30d": 0}), never, 0, 0) == ["contacted_often_30d"]
