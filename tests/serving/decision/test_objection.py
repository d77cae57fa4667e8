"""Who objected to marketing, and what is left of them."""

from typing import TYPE_CHECKING

import pyarrow as pa

from serving.decision.objection import features_read, objected, objecting, readable, withheld

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

CUSTOMERS = pa.table(
    {
        "customer_id": [1, 2, 3, 4],
        "balance": [1.0, 2.0, 3.0, 4.0],
        "open": [1.0, 0.0, 0.0, 0.0],
        "age": [30.0, 40.0, 50.0, 60.0],
        "contacts_offers_30d": [0.0, 0.0, 0.0, 0.0],
        "consents_marketing_any": [0.0, 0.0, None, 1.0],
        "consents_marketing_app": [0.0, 1.0, 0.0, 1.0],
        "request_topic": ["x"] * 4,
    }
)
BOTH = {"purposes": {"retain": "marketing", "cross_sell": "marketing"}}
RULES = [
    {"name": "waits", "scope": "service", "condition": "open > 0"},
    {"name": "adult", "scope": "cross_sell", "condition": "age > 18"},
]


def test_a_general_no_without_a_later_yes(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, consents_recorded=True, consent=BOTH)
    assert objecting(policy, CUSTOMERS).tolist() == [True, False, False, False]
    # Not everyone is asked for consent, nobody is; nothing is known of consents.
    sold_unasked = {"purposes": {"retain": "marketing"}}
    assert not objecting(compiled(CUSTOMERS, consents_recorded=True, consent=sold_unasked), CUSTOMERS).any()
    assert not objecting(compiled(CUSTOMERS, consents_recorded=True), CUSTOMERS).any()
    assert not objecting(policy, pa.table({"customer_id": [1]})).any()


def test_only_what_service_needs_is_left(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, consents_recorded=True, consent=BOTH, rules=RULES)
    assert readable(policy) == {"open"}
    found = withheld(policy, CUSTOMERS, objecting(policy, CUSTOMERS))
    gone = dict.fromkeys(("balance", "age", "contacts_offers_30d"))
    assert found.to_pylist()[0] == CUSTOMERS.to_pylist()[0] | gone
    assert found.slice(1).equals(CUSTOMERS.slice(1))
    assert found.schema.equals(CUSTOMERS.schema)
    assert features_read(policy, CUSTOMERS) == ("open",)
    assert withheld(policy, CUSTOMERS.slice(1), objecting(policy, CUSTOMERS.slice(1))).equals(
        CUSTOMERS.slice(1)
    )


def test_contact_rules_of_service_need_the_contacts(compiled: "Compile") -> None:
    contact = {"groups": ["service"], "max_contacts_30d": 1}
    policy = compiled(CUSTOMERS, consents_recorded=True, consent=BOTH, contact=contact)
    assert "contacts_offers_30d" in readable(policy)


def test_service_is_not_objected_to(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS, consents_recorded=True, consent=BOTH)
    stage = objected(policy, objecting(policy, CUSTOMERS))
    assert stage.kept[:, 0].tolist() == [[False, True, True, True]] * 3 + [[True] * 4]
    assert stage.reasons == ("", "objected_to_marketing")
