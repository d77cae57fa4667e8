"""Every shape learns who takes which product where that is plain to see, and pairs read their own product."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from experiments.real.santander.propensity_shapes import SHAPES, Sample, Shape, _beside, flags_and_profile
from features.contract import FeatureColumn
from training.fit import options
from training.metrics.ranking import map_at

PRODUCTS = ("card", "loan")
OWN = ("history", "months_since_opened", "months_since_closed")
COLUMNS = (
    FeatureColumn(name="age"),
    *(FeatureColumn(name=f"holdings_{what}_{product}") for what in OWN for product in PRODUCTS),
)


def sample(rows: int) -> Sample:
    """The young take a card, the old a loan; a tenth held the loan already."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(rows, len(COLUMNS)))
    young = matrix[:, 0] < 0.4
    opened = np.column_stack([young, ~young]).astype(float)
    opened[young & (random.random(rows) < 0.1), 1] = np.nan
    return Sample(COLUMNS, PRODUCTS, matrix, opened)


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "popularity"])
def test_a_shape_learns_what_decides(name: str) -> None:
    train, test = sample(600), sample(200)
    shape: Shape = SHAPES[name][0]
    scores = shape(train, test.matrix, options(COLUMNS, {}, seed=0), 60)
    assert scores.shape == test.opened.shape
    assert map_at(test.opened, scores, 2) > 0.98


def test_popularity_offers_the_same_to_all() -> None:
    train = sample(600)
    scores = SHAPES["popularity"][0](train, train.matrix[:5], {}, 0)
    np.testing.assert_array_equal(scores, np.tile(np.nansum(train.opened, axis=0), (5, 1)))


def test_too_few_openings_are_scored_by_their_rate() -> None:
    train = sample(600)
    train.opened[:, 1] = np.where(np.arange(600) < 6, 1.0, 0.0)
    scores = SHAPES["per product"][0](train, train.matrix, options(COLUMNS, {}, seed=0), 20)
    assert set(scores[:, 1]) == {0.01}


def test_a_pair_has_the_features_of_its_own_product_beside_it() -> None:
    matrix = np.arange(14, dtype=float).reshape(2, 7)
    train = Sample(COLUMNS, PRODUCTS, matrix, np.zeros((2, 2)))
    both = _beside(train, matrix, np.array([0, 1]))
    np.testing.assert_array_equal(both[:, 7:], [[1, 3, 5, 0], [9, 11, 13, 1]])


def test_what_anyone_starts_from_knows_every_month_but_may_in_the_order_asked(tmp_path: Path) -> None:
    flags = [
        (1, "2016-03-28", 1, 0),
        (1, "2016-04-28", 0, 1),
        (2, "2016-04-28", 1, 1),
        (2, "2016-05-28", 0, 0),
    ]
    columns = ["ncodpers", "fecha_dato", "card", "loan"]
    pd.DataFrame(flags, columns=columns).to_parquet(tmp_path / "holdings.parquet")
    profile = pd.DataFrame(
        {"ncodpers": [1, 2], "fecha_dato": "2016-05-28", "age": [30, 40], "way": ["a", "b"]}
    )
    profile.to_csv(tmp_path / "customers.csv.gz", index=False)
    found = flags_and_profile(tmp_path, pa.table({"customer_id": [2, 1, 3]}))
    nan = np.nan
    expected = [[nan, 1, nan, 1, 40, 1], [1, 0, 0, 1, 30, 0], [nan] * 6]
    np.testing.assert_array_equal(found, expected)
