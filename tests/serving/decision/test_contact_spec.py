"""Contact rules look back no further than the contact history, and say what they need of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from features.contact_entries import HISTORY_DAYS
from serving.decision.contact_spec import CapSpec, ContactSpec, SuppressionSpec

CAP = {"name": "quarter", "days": 90, "maximum": 3}


@pytest.mark.parametrize(
    ("given", "reads"),
    [
        ({}, False),
        ({"min_spacing_days": 7, "max_contacts_30d": 2}, False),
        ({"never": [{"name": "one", "first": "retain", "second": "cross_sell"}]}, False),
        ({"caps": [CAP]}, True),
        ({"spacing": [{"name": "rest", "days": 7}]}, True),
        ({"suppression": [{"name": "no", "refusals": 2, "for_days": 90}]}, True),
    ],
)
def test_single_contacts_are_read_only_where_a_rule_asks_for_them(given: dict[str, Any], reads: bool) -> None:
    assert ContactSpec.model_validate(given, strict=False).reads_history is reads


@pytest.mark.parametrize("days", [0, HISTORY_DAYS + 1])
def test_a_window_beyond_the_history_is_refused(days: int) -> None:
    assert CapSpec(**{**CAP, "days": HISTORY_DAYS}).scope == "all"
    with pytest.raises(ValidationError, match="days"):
        CapSpec(**{**CAP, "days": days})


def test_a_refusal_is_looked_for_in_the_whole_history_unless_said() -> None:
    assert SuppressionSpec(name="no", refusals=1, for_days=30).within_days == HISTORY_DAYS
    with pytest.raises(ValidationError, match="refusals"):
        SuppressionSpec(name="no", refusals=0, for_days=30)
