"""A stage's outcome keeps the first reason that applied."""

import numpy as np

from serving.decision.stage import Drops


def test_the_first_reason_stays() -> None:
    drops = Drops("eligible", (2, 1, 3))
    drops.drop("first", np.array([True, False, False]))
    drops.drop("second", np.array([True, True, False]), (1,))
    stage = drops.done()
    assert stage.reasons == ("", "first", "second")
    assert stage.dropped[:, 0].tolist() == [[1, 0, 0], [1, 2, 0]]
    assert stage.kept[:, 0].tolist() == [[False, True, True], [False, False, True]]


def test_a_reason_given_twice_is_one_reason() -> None:
    drops = Drops("eligible", (2, 1, 1))
    for action in (0, 1):
        drops.drop("rule", np.array([True]), [action])
    assert drops.done().reasons == ("", "rule")
