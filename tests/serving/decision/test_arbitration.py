"""The order of what survived."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from serving.decision.arbitration import rank
from serving.decision.decide import decide
from serving.decision.keyed import customer_hashes
from serving.decision.trace import trace

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

IDS = pa.array(range(2000))
CUSTOMERS = pa.table({"customer_id": IDS})
HASHES = customer_hashes(IDS, "ties")


def test_best_channel_then_best_action(compiled: "Compile") -> None:
    # Four actions, two channels, one customer.
    expected = np.array([[1.0, 2.0], [9.0, 3.0], [8.0, 7.0], [5.0, 6.0]])[:, :, np.newaxis]
    alive = np.array([[True, True], [False, True], [False, False], [True, True]])[:, :, np.newaxis]
    ranking = rank(compiled(CUSTOMERS), expected, alive, HASHES[:1])
    assert ranking.channel[:, 0].tolist() == [1, 1, -1, 1]
    assert ranking.order[:, 0].tolist() == [3, 1, 0, -1]


def test_nothing_survives(compiled: "Compile") -> None:
    ranking = rank(compiled(CUSTOMERS), np.ones((4, 2, 1)), np.zeros((4, 2, 1), dtype=np.bool_), HASHES[:1])
    assert ranking.order[:, 0].tolist() == [-1] * 4
    assert ranking.channel[:, 0].tolist() == [-1] * 4


def test_equals_are_shared_out_fairly(compiled: "Compile") -> None:
    equal = np.ones((4, 2, len(IDS)))
    ranking = rank(compiled(CUSTOMERS), equal, equal > 0, HASHES)
    # 2000 customers over four equal actions and two equal channels: within four standard deviations.
    assert np.abs(np.bincount(ranking.order[0], minlength=4) - 500).max() < 4 * np.sqrt(2000 * 0.25 * 0.75)
    assert abs(int(ranking.channel[0].sum()) - 1000) < 4 * np.sqrt(2000 * 0.25)


def test_ties_do_not_depend_on_the_place_of_an_action(compiled: "Compile") -> None:
    gestures = {name: {"group": "retain", "save_rate": 0.5} for name in ("one", "two")}
    swapped = dict(reversed(gestures.items()))
    equal = np.ones((2, 1, len(IDS)))
    channels = {"app": {"cost": 1.0}}
    there = rank(compiled(CUSTOMERS, actions=gestures, channels=channels), equal, equal > 0, HASHES)
    back = rank(compiled(CUSTOMERS, actions=swapped, channels=channels), equal, equal > 0, HASHES)
    np.testing.assert_array_equal(there.order, 1 - back.order)


SEVERAL = pa.table(
    {"customer_id": [1, 2], "churn": [1.0, 0.0], "propensity_card": [1.0, 0.05], "balance": [900.0, 0.0]}
)
MANY = {
    "max_actions": 2,
    "value": {"balance_column": "balance", "margin_on_balance": 1.0},
    "channels": {"app": {"cost": 1.0}},
}


@pytest.mark.parametrize(
    ("most", "never", "expected"),
    [
        (1, [], ["retain"]),
        (2, [], ["retain", "cross_sell:card"]),
        (3, [], ["retain", "cross_sell:card", "service:greet"]),
        (2, [("retain", "cross_sell")], ["retain", "service:greet"]),
        (5, [("retain", "all")], ["retain"]),
    ],
)
def test_the_best_that_go_together_are_chosen(
    compiled: "Compile", most: int, never: list[tuple[str, str]], expected: list[str]
) -> None:
    rules = [{"name": f"n{place}", "first": one, "second": two} for place, (one, two) in enumerate(never)]
    policy = compiled(SEVERAL, **{**MANY, "max_actions": most, "contact": {"never": rules}})
    told = trace(decide(SEVERAL, policy, date(2024, 1, 1)))
    assert [one.action for one in told.ranked] == ["retain", "cross_sell:card", "service:greet"]
    assert [one.action for one in told.ranked if one.chosen] == expected


def test_the_stated_default_stands_where_nothing_survives(compiled: "Compile") -> None:
    sections = {**MANY, "minimum_expected_value": 100.0, "fallback": "service:greet"}
    first, second = (
        trace(decide(SEVERAL, compiled(SEVERAL, **sections), date(2024, 1, 1)), row) for row in (0, 1)
    )
    assert (first.action, first.fallback) == ("retain", False)
    assert (second.action, second.fallback, second.choice_probability) == ("service:greet", True, 1.0)
    (default,) = second.ranked
    assert (default.action, default.channel, default.expected_value) == ("service:greet", "app", 9.0)
    assert (default.rank, default.chosen) == (1, True)


@pytest.mark.parametrize("per_group", [False, True])
def test_who_is_held_out_gets_nothing_of_it_as_a_second_action(compiled: "Compile", per_group: bool) -> None:
    held = {"share": 1.0, "groups": ["cross_sell"], "per_group": per_group}
    policy = compiled(SEVERAL, **{**MANY, "max_actions": 3}, holdout=held)
    found = decide(SEVERAL, policy, date(2024, 1, 1))
    ids = [action.id for action in policy.actions]
    # The first is retained and greeted, without the card; the second's best is the greeting.
    chosen = [[ids[place] for place in np.flatnonzero(row)] for row in found.chosen.T]
    assert (chosen, found.arm) == ([["retain", "service:greet"], ["service:greet"]], ["treatment"] * 2)


@pytest.mark.parametrize("per_group", [False, True])
def test_who_is_held_out_gets_no_default_either(compiled: "Compile", per_group: bool) -> None:
    sections = {**MANY, "minimum_expected_value": 1e6, "fallback": "retain"}
    held = {"share": 1.0, "groups": ["retain"], "per_group": per_group}
    for holdout, arm in ((held, "control"), ({**held, "groups": ["service"]}, "treatment")):
        found = decide(SEVERAL, compiled(SEVERAL, **sections, holdout=holdout), date(2024, 1, 1))
        assert (found.arm, found.fallback.tolist()) == ([arm] * 2, [True] * 2)
        # Nothing survived for a campaign, whatever the default.
        assert not found.alive.any()
        np.testing.assert_array_equal(found.exploration.probabilities[:, 0], [1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    "sections",
    [
        {"rules": [{"name": "r", "condition": "balance > 0"}]},
        {"channels": {"app": {"cost": 1.0, "groups": ["retain"]}}},
        {"fallback": "nothing"},
        {"fallback": "cross_sell:loan"},  # never scored
    ],
)
def test_a_default_that_may_not_be_done_is_nothing(compiled: "Compile", sections: dict[str, Any]) -> None:
    policy = compiled(
        SEVERAL, **{**MANY, "minimum_expected_value": 1e6, "fallback": "service:greet", **sections}
    )
    told = trace(decide(SEVERAL, policy, date(2024, 1, 1)), 1)
    assert (told.action, told.fallback, told.ranked) == ("nothing", False, ())
