"""Each action taken away is counted where its last channel went."""

from collections.abc import Callable

from serving.campaign.funnel import drops, funnel
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
