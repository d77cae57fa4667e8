"""A classifier tells moved customers from training's, and names how; alike ones it cannot tell."""

from collections.abc import Callable

import pytest

from training.monitor.drift import Before
from training.monitor.rows import Seen
from training.monitor.two_sample import told_apart
from training.stored import StoredModel

NAMES = {"income", "visits", "region"}


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_alike_customers_are_not_told_apart(
    before: Before, draw: Callable[..., Seen], model: StoredModel, seed: int
) -> None:
    found = told_apart(model.columns, before, draw(seed), NAMES, pace=4.0, seed=seed)
    assert found is not None
    assert abs(found.auc.value - 0.5) < 0.06
    assert not found.beyond(0.6)


def test_the_column_that_tells_is_named(
    before: Before, draw: Callable[..., Seen], model: StoredModel
) -> None:
    found = told_apart(model.columns, before, draw(1, shift=2.0), NAMES, pace=1.0, seed=0)
    assert found is not None
    assert found.auc.value == pytest.approx(0.92, abs=0.03)  # two normals two deviations apart
    assert found.columns[0][0] == "income"
    assert found.beyond(0.8)


def test_nothing_to_tell_by(before: Before, draw: Callable[..., Seen], model: StoredModel) -> None:
    assert told_apart(model.columns, before, draw(1), set(), pace=1.0, seed=0) is None
    assert told_apart(model.columns, before, draw(1, rows=4), NAMES, pace=1.0, seed=0) is None
