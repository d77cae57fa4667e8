"""Which action goes through which channel at all."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from serving.decision.candidates import candidates
from serving.decision.customers import Customers
from serving.decision.request import BATCH, Request

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

CUSTOMERS = pa.table({"customer_id": [1]})
CHANNELS = {
    "app": {"cost": 0.0, "groups": ["retain"]},
    "call": {"cost": 0.0, "languages": ["zh"]},
    "sms": {"cost": 0.0},
}


def test_channels_carry_groups_and_speak_languages(compiled: "Compile") -> None:
    stage = candidates(compiled(CUSTOMERS, channels=CHANNELS), BATCH, Customers(CUSTOMERS))
    told = [[stage.reasons[code] for code in row] for row in stage.dropped[:, :, 0]]
    no, lacks = "channel_does_not_carry", "channel_lacks_language"
    # Rows: retain, two products, a greeting. The policy speaks English.
    assert told == [["", lacks, ""], [no, lacks, ""], [no, lacks, ""], [no, lacks, ""]]


def test_an_action_goes_through_the_channels_it_names_where_they_carry_it(compiled: "Compile") -> None:
    call = {"group": "retain", "save_rate": 0.5, "channels": ["sms", "app"]}
    greet = {"group": "service", "probability": 1.0, "value": 1.0, "channels": ["app"]}
    policy = compiled(CUSTOMERS, channels=CHANNELS, actions={"call": call, "greet": greet})
    kept = candidates(policy, BATCH, Customers(CUSTOMERS)).kept[:, :, 0]
    # The app carries no service, so that nothing carries the greeting.
    assert kept.tolist() == [[True, False, True], [False, False, False]]


def test_only_the_channel_that_asks_may_answer(compiled: "Compile") -> None:
    stage = candidates(compiled(CUSTOMERS), Request(channel="call"), Customers(CUSTOMERS))
    assert stage.kept[:, :, 0].tolist() == [[False, True]] * 4
    assert stage.reasons == ("", "not_the_asking_channel")


@pytest.mark.parametrize(
    ("hour", "quiet"), [(None, False), (20.9, False), (21, True), (0, True), (7.99, True), (8, False)]
)
def test_a_channel_is_quiet_for_requests_that_give_their_hour(
    compiled: "Compile", hour: float | None, quiet: bool
) -> None:
    policy = compiled(
        CUSTOMERS, channels={"app": {"cost": 0.0, "quiet_hours": [21, 8]}, "call": {"cost": 0.0}}
    )
    asked = Request(values={} if hour is None else {"local_hour": hour})
    asked.check(policy)
    stage = candidates(policy, asked, Customers(CUSTOMERS))
    assert stage.kept[:, :, 0].tolist() == [[not quiet, True]] * 4


def test_a_channel_with_nothing_left_of_the_day_answers_only_who_asks_through_it(compiled: "Compile") -> None:
    policy = compiled(CUSTOMERS)
    for asks, kept in ((None, [True, False]), ("call", [False, True]), ("app", [True, False])):
        stage = candidates(policy, Request(asks, full=("call",)), Customers(CUSTOMERS))
        assert stage.kept[:, :, 0].tolist() == [kept] * 4
    stage = candidates(policy, Request(full=("call",)), Customers(CUSTOMERS))
    assert stage.reasons == ("", "daily_capacity_used")


def test_a_channel_speaks_the_customers_language_or_is_none(compiled: "Compile") -> None:
    customers = pa.table({"customer_id": [1, 2, 3, 4], "tongue": ["zh", "en", None, "fr"]})
    policy = compiled(customers, channels=CHANNELS, language_column="tongue")
    kept = candidates(policy, BATCH, Customers(customers)).kept[0]
    # App and SMS speak every language, the call centre Chinese; the policy's own is English.
    assert kept.tolist() == [[True] * 4, [True, False, False, False], [True] * 4]
