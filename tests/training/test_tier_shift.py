"""Shifts by tier against known truth: planted errors are mended, none is found where none is."""

from typing import Final

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn, TierShift
from training.dataset import Examples
from training.tier_shift import tier_shift

TIERS: Final = ("dormant", "high_value", "low_value", "valuable")
COLUMNS: Final = (FeatureColumn(name="signal"), FeatureColumn(name="tier", categories=TIERS))
PLANTED: Final = np.array([0.8, -0.6, -0.1, 0.3, 0.0])
"""By code; the last is of customers without a tier."""
Drawn = tuple[np.ndarray, np.ndarray, Examples]


def drawn(rows: int, planted: np.ndarray, seed: int = 0, snapshots: int = 1) -> Drawn:
    """Probabilities said, outcomes of the true ones, and the rows; a customer has a row a snapshot."""
    random = np.random.default_rng(seed)
    code = random.choice(5, rows, p=[0.15, 0.15, 0.4, 0.25, 0.05])
    odds = random.normal(-2.5, 1, rows)
    labels = (random.random(rows) < 1 / (1 + np.exp(-odds - planted[code]))).astype(float)
    tier = np.where(code == len(TIERS), np.nan, code)
    code, odds, labels, tier = (np.tile(values, snapshots) for values in (code, odds, labels, tier))
    keys = pa.table({"customer_id": np.tile(np.arange(rows), snapshots)})
    matrix = np.column_stack([odds, tier])
    return 1 / (1 + np.exp(-odds)), labels, Examples(keys, matrix, labels[:, None], np.ones(len(labels)))


def ratios(probability: np.ndarray, labels: np.ndarray, rows: Examples) -> np.ndarray:
    """Observed over expected, by tier."""
    tiers = [rows.matrix[:, 1] == code for code in range(len(TIERS))]
    return np.array([labels[tier].sum() / probability[tier].sum() for tier in tiers])


def test_planted_errors_are_found_and_mended_on_other_customers() -> None:
    found = tier_shift(*drawn(20_000, PLANTED), COLUMNS)
    assert found is not None
    assert (found.column, found.place) == ("tier", 1)
    np.testing.assert_allclose(found.log_odds, PLANTED[:4], atol=0.12)
    said, labels, rows = drawn(200_000, PLANTED, seed=1)
    assert np.abs(ratios(said, labels, rows) - 1).max() > 0.3
    mended = found.apply(said, rows.matrix)
    np.testing.assert_allclose(ratios(mended, labels, rows), 1, atol=0.1)
    unknown = np.isnan(rows.matrix[:, 1])
    np.testing.assert_array_equal(mended[unknown], said[unknown])


def test_where_none_is_planted_none_is_found() -> None:
    found = [tier_shift(*drawn(5000, np.zeros(5), seed), COLUMNS) for seed in range(40)]
    assert sum(one is not None for one in found) <= 4  # one in forty by chance, at two standard errors


def test_what_few_rows_find_is_shrunken() -> None:
    whole = np.array([2.0, -2.0, 0.0, 0.0, 0.0])
    found = tier_shift(*drawn(800, whole), COLUMNS)
    assert found is not None
    assert 0.2 < found.log_odds[0] < 1.5


def test_rows_of_one_customer_are_one_piece_of_evidence() -> None:
    """Copies of rows that prove nothing prove nothing either."""
    seeds = [seed for seed in range(12) if tier_shift(*drawn(2000, PLANTED / 5, seed), COLUMNS) is None]
    again = [tier_shift(*drawn(2000, PLANTED / 5, seed, snapshots=12), COLUMNS) for seed in seeds]
    assert len(seeds) >= 8
    assert sum(one is not None for one in again) <= 2


@pytest.mark.parametrize(
    "columns",
    [COLUMNS[:1], (FeatureColumn(name="signal"), FeatureColumn(name="tier"))],
    ids=["none", "number"],
)
def test_without_tiers_there_is_nothing_to_shift(columns: tuple[FeatureColumn, ...]) -> None:
    assert tier_shift(*drawn(5000, PLANTED), columns) is None


def test_a_tier_without_rows_is_not_shifted() -> None:
    said, labels, rows = drawn(20_000, PLANTED)
    wide = (COLUMNS[0], FeatureColumn(name="tier", categories=(*TIERS, "royal")))
    found = tier_shift(said, labels, rows, wide)
    assert isinstance(found, TierShift)
    assert found.log_odds[4] == 0.0
