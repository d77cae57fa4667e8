"""What else is done reads back as it was written."""

import pytest

from serving.ledger.further import further_text, named_actions


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        ((), None),
        ((("service:greet", "app"),), "service:greet@app"),
        ((("retain", "sms"), ("cross_sell:card", "call_centre")), "retain@sms cross_sell:card@call_centre"),
    ],
)
def test_both_ways(actions: tuple[tuple[str, str], ...], text: str | None) -> None:
    assert further_text(actions) == text
    assert named_actions(text) == actions
