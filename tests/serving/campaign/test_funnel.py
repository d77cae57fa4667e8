"""Each action taken away is counted where its last channel went."""

from collections import Counter
from collections.abc import Callable

from serving.campaign.funnel import drops, funnel, nobody_contacted
from serving.decision.decide import Decisions


def test_the_funnel_names_the_first_stage_that_took_the_last_channel(
    decided: Callable[..., Decisions],
) -> None:
    counts = funnel(decided())
    assert dict(counts) == {
        ("eligible", "waiting", "service:greet"): 1,
        ("valued", "not_scored", "cross_sell:card"): 1,
    }
    assert [(drop.stage, drop.customers) for drop in drops(counts)] == [("eligible", 1), ("valued", 1)]


def test_an_empty_list_tells_what_took_most_away() -> None:
    counts = Counter(
        {
            ("valued", "not_worth_it", "retain"): 900,
            ("valued", "not_worth_it", "cross_sell:card"): 800,
            ("permitted", "no_consent", "retain"): 100,
            ("eligible", "held_already", "cross_sell:card"): 200,
            ("eligible", "birthday_is_near", "service:birthday"): 1000,
        }
    )
    assert nobody_contacted(counts) == (
        "nobody is contacted; rules not met, or reasons, that took most actions away: "
        "not_worth_it 1,700, birthday_is_near 1,000, held_already 200"
    )
