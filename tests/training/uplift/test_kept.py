"""What tested two versions is read back as it was, contact by contact."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from training.uplift import choose
from training.uplift.kept import TESTED_FILE, read_tested, write_tested


def test_two_actions_are_read_back(draw, tmp_path: Path) -> None:
    tested = {}
    for seed, action in enumerate(("retain", "cross_sell:card")):
        trial, uplift = draw(rows=200, seed=seed)
        tier = np.where(np.arange(200) % (seed + 2) == 0, "dormant", f"tier {seed}").astype(object)
        trial = replace(trial, groups={"tier": tier})
        tested[action] = choose.Tested(trial, uplift + np.arange(200) / 1000, trial.folds(5, seed))
    write_tested(tested, tmp_path / TESTED_FILE)
    found = read_tested(tmp_path / TESTED_FILE)
    assert list(found) == list(tested)
    for action, one in found.items():
        assert one.trial.same_contacts(tested[action].trial)
        assert one.trial.matrix.shape == (200, 0)
        np.testing.assert_array_equal(one.trial.groups["tier"], tested[action].trial.groups["tier"])
        assert one.qini() == tested[action].qini()
    ahead = choose.qini_ahead([(one, tested[action]) for action, one in found.items()], 20, 0)
    assert (ahead.value, ahead.low, ahead.high) == (0, 0, 0)


def test_other_contacts_are_not_the_same(draw) -> None:
    assert not draw(seed=0)[0].same_contacts(draw(seed=1)[0])
