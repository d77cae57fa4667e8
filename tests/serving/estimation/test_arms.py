"""Ways of deciding against one another, by hand and with a known difference."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from serving.estimation.arms import advantages
from serving.estimation.logged import checked

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log


def year(day: date) -> str:
    return str(day.year)


def test_each_arm_by_hand(log: "Log") -> None:
    table = log(
        6,
        customer=["a", "a", "b", "c", "d", "e"],
        arm=["treatment", "treatment", "treatment", "random", "random", "control"],
        accepted=[True, False, False, False, True, False],
        cost=2.0,
    )
    found = {one.over: one for one in advantages(checked(table), year)}
    assert list(found) == ["control", "random"]
    # a: 100 - 4, b: -2; c: -2, d: 98; e: 0.
    assert found["random"].value.estimate == (96 - 2) / 2 - (98 - 2) / 2
    assert (found["random"].treated, found["random"].others) == (2, 2)
    assert found["control"].value.low == -np.inf


def test_without_our_own_arm_there_is_nothing_to_compare(log: "Log") -> None:
    assert advantages(checked(log(2, arm=["random", "control"])), year) == ()


def test_a_known_advantage_is_found(log: "Log") -> None:
    rng = np.random.default_rng(7)
    arms = rng.permutation(["treatment"] * 18_000 + ["no_levers"] * 2_000)
    accepted = rng.random(20_000) < np.where(arms == "treatment", 0.08, 0.03)
    (found,) = advantages(checked(log(20_000, arm=arms, accepted=accepted)), year)
    assert found.over == "no_levers"
    assert found.value.covers(5.0)
    assert found.value.low > 0
