"""What a policy tries out leaves someone to the policy itself, and says what it may cost."""

from typing import Any

import pytest
from pydantic import ValidationError

from serving.decision.trial_spec import ArmsSpec, ExplorationSpec, HoldoutSpec, OutcomeCount


def test_nobody_is_held_out_or_explored_unless_it_is_said() -> None:
    assert (HoldoutSpec().share, ArmsSpec().share, ExplorationSpec().method) == (0.0, 0.0, "none")


def test_shares_of_arms_stand_in_the_order_of_their_names() -> None:
    arms = ArmsSpec(random=0.1, propensity_only=0.2, no_levers=0.3)
    assert arms.shares == (0.1, 0.2, 0.3)
    assert arms.share == pytest.approx(0.6)


def test_arms_that_take_everybody_are_refused() -> None:
    with pytest.raises(ValidationError, match="nobody is left to the policy itself"):
        ArmsSpec(random=0.5, propensity_only=0.5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"method": "epsilon", "share": 0.1}, "needs most_lost"),
        ({"method": "thompson"}, "needs most_lost"),
        ({"method": "epsilon", "most_lost": 1.0}, "needs share"),
        ({"method": "greedy"}, "Input should be"),
        ({"samples": 0}, "greater than or equal to 1"),
    ],
)
def test_exploring_without_its_price_or_its_share_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ExplorationSpec(**given)


def test_thompson_needs_no_share() -> None:
    found = ExplorationSpec(
        method="thompson", most_lost=1.0, outcomes={"retain": {"successes": 3, "failures": 1}}
    )
    assert found.outcomes == {"retain": OutcomeCount(successes=3, failures=1)}
