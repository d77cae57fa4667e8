"""Which action goes through which channel at all."""

from typing import TYPE_CHECKING

import pyarrow as pa

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


def test_only_the_channel_that_asks_may_answer(compiled: "Compile") -> None:
    stage = candidates(compiled(CUSTOMERS), Request(channel="call"), Customers(CUSTOMERS))
    assert stage.kept[:, :, 0].tolist() == [[False, True]] * 4
    assert stage.reasons == ("", "not_the_asking_channel")
