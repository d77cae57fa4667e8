"""A request is closed, strict about ids, and knows only the policy's channels and context."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from serving.decision.policy import Policy
from serving.requests import (
    MAX_CUSTOMERS,
    IdType,
    decide_example,
    decide_request,
    score_example,
    score_request,
)

POLICY = Policy.model_validate(
    {
        "version": "1",
        "actions": {"retain": {"group": "retain", "save_rate": 0.3}},
        "channels": {"app": {"cost": 0.1}, "call": {"cost": 5.0}},
        # Names that are methods of pydantic's models: a policy may use them all the same.
        "request": {"amount": "number", "json": "text", "model_copy": "text"},
    }
)
SILENT = POLICY.model_copy(update={"request": {}})


def faults(model: type[BaseModel], value: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(value)
    return {".".join(map(str, fault["loc"])): fault["type"] for fault in caught.value.errors()}


@pytest.mark.parametrize(
    ("id_type", "given"),
    [
        ("int64", "7"),
        ("int64", 7.0),
        ("int64", True),
        ("int64", None),
        ("int64", 2**63),
        ("string", 7),
        ("string", ""),
        ("string", "x" * 257),
        ("string", "\ud800"),
    ],
)
def test_an_id_of_another_type_is_refused_at_its_place(id_type: IdType, given: Any) -> None:
    right = {"int64": 1, "string": "a"}[id_type]
    assert list(faults(score_request(id_type), {"customer_ids": [right, given]})) == ["customer_ids.1"]
    assert list(faults(decide_request(id_type, POLICY), {"customer_id": given})) == ["customer_id"]


@pytest.mark.parametrize(("count", "fits"), [(0, False), (1, True), (1_000, True), (1_001, False)])
def test_between_one_and_a_thousand_customers(count: int, fits: bool) -> None:
    request = {"customer_ids": list(range(count))}
    if fits:
        assert score_request("int64").model_validate(request).customer_ids == request["customer_ids"]
    else:
        assert list(faults(score_request("int64"), request)) == ["customer_ids"]
    assert MAX_CUSTOMERS == 1_000


def test_unknown_fields_are_refused_at_every_depth() -> None:
    assert faults(score_request("int64"), {"customer_ids": [1], "limit": 3}) == {"limit": "extra_forbidden"}
    request = {"customer_id": 1, "language": "en", "context": {"weather": "fair"}}
    expected = {"language": "extra_forbidden", "context.weather": "extra_forbidden"}
    assert faults(decide_request("int64", POLICY), request) == expected
    assert faults(decide_request("int64", SILENT), {"customer_id": 1, "context": {"amount": 1.0}}) == {
        "context.amount": "extra_forbidden"
    }


def test_the_channel_is_one_of_the_policy() -> None:
    model = decide_request("int64", POLICY)
    assert model.model_validate({"customer_id": 1, "channel": "app"}).channel == "app"
    assert model.model_validate({"customer_id": 1}).channel is None
    assert faults(model, {"customer_id": 1, "channel": "pigeon"}) == {"channel": "literal_error"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", "1"), ("amount", True), ("amount", float("nan")), ("json", 1), ("json", [])],
)
def test_context_values_are_of_the_declared_type(name: str, value: Any) -> None:
    request = {"customer_id": 1, "context": {name: value}}
    assert list(faults(decide_request("int64", POLICY), request)) == [f"context.{name}"]


def test_context_is_passed_on_as_it_came() -> None:
    said = {"amount": 3, "json": "x", "model_copy": None}
    found = decide_request("string", POLICY).model_validate({"customer_id": "a", "context": said})
    assert found.context == {"amount": 3.0, "json": "x", "model_copy": None}


@pytest.mark.parametrize("id_type", ["int64", "string"])
@pytest.mark.parametrize("policy", [POLICY, SILENT])
def test_the_examples_are_valid(id_type: IdType, policy: Policy) -> None:
    score_request(id_type).model_validate(score_example(id_type))
    decide_request(id_type, policy).model_validate(decide_example(id_type, policy))
