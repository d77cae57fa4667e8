"""What a caller says of the moment is known to the policy, or refused."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from features.errors import BadInputError
from serving.decision.request import BATCH, Request

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

CUSTOMERS = pa.table({"customer_id": [1, 2]})
FIELDS = {"topic": "text", "amount": "number"}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request(channel="fax"), "unknown channel 'fax'; the policy has app, call"),
        (
            Request(values={"mood": "good"}),
            "unknown context 'mood'; the policy's request fields: topic, amount",
        ),
        (Request(values={"topic": 1.0}), "context 'topic': expected text, got 1.0"),
        (Request(values={"amount": "1"}), "context 'amount': expected number, got '1'"),
        (Request(values={"local_hour": 24}), "context 'local_hour': expected 0 up to 24, got 24"),
        (Request(values={"local_hour": "9"}), "context 'local_hour': expected number, got '9'"),
        (Request(values={"amount": True}), "context 'amount': expected number, got True"),
    ],
)
def test_the_unknown_is_refused(compiled: "Compile", request_: Request, message: str) -> None:
    with pytest.raises(BadInputError) as refused:
        request_.check(compiled(CUSTOMERS, request=FIELDS))
    assert message in str(refused.value)


def test_values_become_columns() -> None:
    said = Request(values={"topic": "card", "amount": 5.0}).added_to(CUSTOMERS)
    assert said.column_names == ["customer_id", "request_topic", "request_amount"]
    assert said["request_topic"].to_pylist() == ["card", "card"]
    assert said["request_amount"].to_pylist() == [5.0, 5.0]
    assert BATCH.added_to(CUSTOMERS) is CUSTOMERS
