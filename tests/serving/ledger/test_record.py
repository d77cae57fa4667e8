"""A record keeps the bits, and reads them back; nothing in its public part is about a person."""

from datetime import date
from typing import Any

from serving.decision.decide import decide
from serving.decision.request import Request
from serving.decision_table import decision_table
from serving.ledger.record import personal_digest, personal_record, public_record, read_personal


def test_what_is_kept_reads_back_to_the_bit(world: Any) -> None:
    for customer in range(1, 30):
        request = Request("app", {"amount": 0.1 + 0.2}, ("call",) if customer % 2 else ())
        decisions = world.decisions([customer], request)
        public = public_record(decisions, "d", world.setting, list(world.registry.values()))
        stored = personal_record(decisions, request, world.setting, world.ledger.keys)
        found = read_personal(stored, public, world.setting, world.ledger.keys)
        assert found.customer_id == customer
        assert found.features.equals(world.features([customer]))
        assert found.request == request
        assert found.scores["churn"] == decisions.customers["churn"][0].as_py()


def test_the_public_part_tells_choice_and_chance(world: Any) -> None:
    for customer in range(1, 60):
        decisions = world.decisions([customer])
        public = public_record(decisions, "d", world.setting, list(world.registry.values()))
        winner = int(decisions.winner[0])
        assert public["action"] == (decisions.compiled.actions[winner].id if winner >= 0 else "nothing")
        share = {"control": 0.25, "treatment": 0.75 if winner >= 0 else 1.0}[public["arm"]]
        assert public["assignment_probability"] == share
        assert public["models"] == {"churn/1": "d" * 64, "propensity/1": "d" * 64}
        assert "customer_id" not in public


def test_the_stated_default_is_what_was_decided(world: Any, setting_with: Any) -> None:
    setting = setting_with(minimum_expected_value=1e6, fallback="retain")
    models: Any = tuple(world.registry.values())
    for customer in range(1, 20):
        decisions = decide(
            decision_table(world.features([customer]), models), setting.compiled(), date(2024, 1, 15)
        )
        public = public_record(decisions, "d", setting, models)
        assert public["action"] == "retain"
        assert public["channel"] in ("app", "call")
        assert public["assignment_probability"] == {"control": 0.25, "treatment": 0.75}[public["arm"]]


def test_two_records_of_the_same_have_no_digest_in_common(world: Any) -> None:
    decisions = world.decisions([1])
    one, other = (personal_record(decisions, Request(), world.setting, world.ledger.keys) for _ in range(2))
    assert personal_digest("p", one) != personal_digest("p", other)
    assert personal_digest("p", one) != personal_digest("q", one)
