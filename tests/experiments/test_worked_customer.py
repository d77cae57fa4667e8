"""The page on decisions shows what the code decides."""

from pathlib import Path

from experiments.worked_customer import decided, page
from serving.decision.trace import trace

PAGE = Path(__file__).parents[2] / "docs/decisioning.md"


def test_the_page_is_what_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_worked_numbers_by_hand() -> None:
    told = trace(decided())
    found = {one.action: (one.channel, round(one.expected_value, 6), one.chosen) for one in told.ranked}
    # Retain: 0.2 * 0.15 of (50 + 0.01 * 12000 + 60 for the account) * 0.6 - 2.05.
    # Card: 0.05 * (95 - 15) * 4 years * 0.6 * 1.5 - 0.05. Greeting: 1 * 2 * 0.6 - 0.05.
    assert found == {
        "cross_sell:credit_card": ("email", 14.35, True),
        "retain": ("email", 2.09, True),
        "service:birthday": ("email", 1.15, False),
    }
