"""The order of what survived."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from serving.decision.arbitration import rank
from serving.decision.keyed import customer_hashes

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
