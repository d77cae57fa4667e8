"""What is true is exact: it agrees with enumeration, and with what then happens."""

from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from experiments.synth.products import CATALOGUE, Line
from experiments.synth.truth import _averaged, window_probability

SEPARATE = ("2023-10-01", "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01")
"""Snapshots whose label windows of 90 days do not overlap, so that outcomes are independent."""


@pytest.fixture(scope="module")
def churn(synthetic: Path) -> pd.DataFrame:
    """Columns p and y: the true probability of leaving, and whether it happened."""
    return duckdb.sql(
        f"""select churn as p, (gone < snapshot_date + interval 90 day)::int as y
        from '{synthetic}/truth/churn/*.parquet'
        join (select customer_id, max(coalesce(closed_on, date '2099-01-01')) as gone
              from '{synthetic}/holdings.parquet' group by 1) using (customer_id)
        where snapshot_date in {SEPARATE}"""
    ).df()


def test_window_probability_is_that_of_enumerated_fates() -> None:
    chance, lost, share = np.array([0.2, 0.3, 0.4]), np.array([0.1, 0.05, 0.2]), [1.0, 1.0, 0.25]
    by_hand = 0.2 + 0.7 * 0.3 + 0.7 * 0.65 * 0.4 * 0.25
    assert window_probability(chance[:, None], share, lost[:, None]) == pytest.approx(by_hand)


def test_campaigns_to_come_are_averaged_over_every_lottery() -> None:
    off, on = np.array([[0.05], [0.1], [0.2]]), np.array([[0.02], [0.03], [0.05]])
    treated = np.array([[True], [False], [False]])
    rate = np.array([0.3])

    def outcome(active: np.ndarray) -> np.ndarray:
        return window_probability(np.where(active, on, off), [1.0, 1.0, 1.0])

    expected = 0.0
    for draws in product([False, True], repeat=3):
        weight = np.prod([0.3 if drawn else 0.7 for drawn in draws])
        active = treated | np.logical_or.accumulate(np.array(draws))[:, None]
        expected += weight * outcome(active)[0]
    assert _averaged(outcome, treated, rate)[0] == pytest.approx(expected)


def test_as_many_leave_as_the_truth_says_in_every_part_of_the_bank(churn: pd.DataFrame) -> None:
    for _, part in churn.groupby(pd.qcut(churn["p"], [0, 0.5, 0.8, 0.9, 0.95, 1]), observed=True):
        spread = np.sqrt((part["p"] * (1 - part["p"])).sum())
        assert abs(part["y"].sum() - part["p"].sum()) < 3.5 * spread
    assert 0.02 < churn["y"].mean() < 0.045


def test_the_true_hazard_tells_leavers_apart_but_not_perfectly(churn: pd.DataFrame) -> None:
    assert 0.80 < roc_auc_score(churn["y"], churn["p"]) < 0.90


@pytest.mark.parametrize("line", [line for line in CATALOGUE if line.monthly_odds], ids=lambda line: line.id)
def test_as_many_open_a_product_as_the_truth_says(synthetic: Path, line: Line) -> None:
    name = line.id
    [(expected, variance, opened)] = duckdb.sql(
        f"""select sum(p) as expected, sum(p * (1 - p)) as variance, sum(y) as opened from (
            select customer_id, snapshot_date, any_value(truth.{name}) as p,
                   max(coalesce(opened_on between snapshot_date and snapshot_date + 89, false)::int) as y
            from '{synthetic}/truth/openings/*.parquet' as truth
            left join (select customer_id, opened_on from '{synthetic}/holdings.parquet'
                       where product = '{name}') using (customer_id)
            where snapshot_date in {SEPARATE} and truth.{name} is not null group by all)"""
    ).fetchall()
    assert opened > 50
    assert abs(opened - expected) < 3.5 * variance**0.5


def test_the_true_effects_are_heterogeneous_and_in_both_directions(synthetic: Path) -> None:
    effects = duckdb.sql(f"from '{synthetic}/truth/effects/2024-10-01.parquet'").df()
    assert effects["retain"].min() < -0.05
    assert effects["retain"].max() > 0.01
    offers = effects["cross_sell:credit_card"].dropna()
    assert offers.mean() > 0.01
    assert offers.std() > 0.01
    assert effects["cross_sell:current_account"].isna().all()
