"""The text of single contacts is what its own example says, and what the view writes."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from features import contact_entries
from features.contact_entries import DAY_DIGITS, ENTRY_END, FEATURE, FIELD_END, HISTORY_DAYS
from features.views.contact_history import VIEW
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())


def contact(days_ago: int, **more: Any) -> dict[str, Any]:
    return {"contact_id": str(days_ago), "customer_id": 1, "at": MIDNIGHT - timedelta(days=days_ago), **more}


def test_the_view_writes_the_example_of_the_format(
    bank_of: Callable[..., Any], features_of: Callable[..., Any]
) -> None:
    declined = {"outcome": "declined", "outcome_at": MIDNIGHT - timedelta(days=3)}
    rows = [contact(12, action="retain"), contact(5, action="cross_sell:card", channel="email", **declined)]
    bank = bank_of({Table.CUSTOMERS: [{"customer_id": 1}], Table.CONTACTS: rows})
    text = features_of(VIEW, bank, SNAPSHOT)[1][FEATURE]
    assert text == "005|003|cross_sell:card|email;012||retain|"
    assert f'"{text}"' in " ".join(str(contact_entries.__doc__).split("\n"))


def test_days_sort_as_text_and_marks_differ() -> None:
    assert len(str(HISTORY_DAYS)) <= DAY_DIGITS
    assert ENTRY_END != FIELD_END
