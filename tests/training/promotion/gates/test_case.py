"""A version is asked by name, and says what its boosters say."""

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from features.contract import encode
from features.errors import BadInputError
from training.intervals import Interval
from training.promotion.gates.case import Side, told


def test_scores_are_the_boosters_own_whatever_the_order_of_columns(
    side: Side, booster: lgb.Booster, seen: Callable[..., pa.Table]
) -> None:
    rows = seen(rows=50)
    expected = np.asarray(booster.predict(encode(rows, side.contract.columns)))
    assert side.score(rows).shape == (50, 1)
    np.testing.assert_array_equal(side.score(rows)[:, 0], expected)
    turned = rows.select(rows.column_names[::-1]).append_column("further", pa.array(range(50)))
    np.testing.assert_array_equal(side.score(turned)[:, 0], expected)


def test_a_missing_feature_is_named(side: Side, seen: Callable[..., pa.Table]) -> None:
    with pytest.raises(BadInputError, match="features missing for the model: visits"):
        side.score(seen().drop_columns(["visits"]))


def test_a_figure_is_told_with_its_interval() -> None:
    found = Interval(0.12345, -0.1, 0.2)
    assert told(found, 3) == "0.123 [-0.100, 0.200]"
    assert told(found, 2, "+") == "+0.12 [-0.10, +0.20]"
