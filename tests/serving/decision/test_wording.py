"""Every group has something to say."""

import pytest
from pydantic import ValidationError

from serving.decision.wording import Wording
from serving.wording_file import load_wording

GIVEN = load_wording().model_dump()
GROUPS = ("retain", "cross_sell", "service")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_a_sentence_is_named(group: str) -> None:
    left = {key: sentence for key, sentence in GIVEN["talking_points"].items() if key != group}
    with pytest.raises(ValidationError, match=f"talking_points: missing: {group}"):
        Wording.model_validate({**GIVEN, "talking_points": left})
