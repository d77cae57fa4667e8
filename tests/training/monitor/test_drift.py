"""What moved is named; what moves by itself, by chance, or was never learned from is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from training.monitor.drift import Before, columns_moved, scores_moved, steady
from training.monitor.rows import Seen
from training.stored import StoredModel

NEWEST = date(2024, 7, 1)


def widened(seen: Seen) -> Seen:
    """With the column that was empty in training, filled now."""
    return replace(seen, matrix=np.column_stack([seen.matrix, np.ones(len(seen.matrix))]))


@pytest.mark.parametrize("seed", range(10, 15))
def test_alike_customers_have_not_moved(
    before: Before, draw: Callable[..., Seen], model: StoredModel, seed: int
) -> None:
    now = widened(draw(seed))
    past = Before(before.days, tuple(map(widened, before.parts)))
    moved = columns_moved(model, past, now, NEWEST, 0.25)
    assert {one.name for one in moved} == {"income", "visits", "region"}
    assert not [one for one in moved if one.beyond]
    assert not scores_moved(["churn"], before, now, NEWEST, 0.25)[0].beyond


def test_a_shifted_column_and_its_scores_are_told(
    before: Before, draw: Callable[..., Seen], model: StoredModel
) -> None:
    moved = columns_moved(model, before, draw(1, shift=1.0), NEWEST, 0.25)
    assert [one.name for one in moved if one.beyond] == ["income"]
    assert steady(moved, 0.25) == {"income", "visits", "region"}
    assert scores_moved(["churn"], before, draw(1, shift=1.0), NEWEST, 0.25)[0].psi > 0.5


MONTHS = tuple(date(2024, month, 1) for month in range(1, 5))


@pytest.mark.parametrize(("later", "beyond"), [(6, False), (24, True)])
def test_a_column_that_keeps_its_pace_may_go_on_for_a_while(
    draw: Callable[..., Seen], model: StoredModel, later: int, beyond: bool
) -> None:
    past = Before(MONTHS, tuple(draw(n, shift=0.12 * n) for n in range(4)))
    newest = date(2024 + later // 12, 1 + later % 12, 1)
    moved = columns_moved(model, past, draw(9, shift=0.12 * later), newest, 0.25)
    income = next(one for one in moved if one.name == "income")
    assert income.psi > 0.25
    assert 0.25 < income.limit <= 0.5
    assert income.beyond is beyond
    assert "income" not in steady(moved, 0.25)


def test_scores_may_age_no_further_either(draw: Callable[..., Seen]) -> None:
    past = Before(MONTHS, tuple(draw(n, shift=0.4 * n) for n in range(4)))
    moved = scores_moved(["churn"], past, draw(9, shift=6.0), date(2026, 1, 1), 0.25)[0]
    assert moved.usual > 10
    assert moved.limit == 0.5
    assert moved.beyond


def test_a_season_that_training_had_may_come_again(draw: Callable[..., Seen], model: StoredModel) -> None:
    past = Before(MONTHS, tuple(draw(n, shift=0.7 * (n == 1)) for n in range(4)))
    income = next(
        one for one in columns_moved(model, past, draw(9, shift=0.7), NEWEST, 0.25) if one.name == "income"
    )
    assert 0.25 < income.psi < income.limit <= 0.5
    assert not income.coarse


@pytest.mark.parametrize(
    ("shift", "beyond"),
    [(0.0, False), (2.5, False), (9.0, False), (-6.0, False), (25.0, True), (-25.0, True)],
)
def test_what_each_snapshot_has_anew_may_lie_within_reach_of_them(
    draw: Callable[..., Seen], model: StoredModel, shift: float, beyond: bool
) -> None:
    """Training's snapshots reach from 0 to 5, with 1.3 more of the customers at either end."""
    past = Before(MONTHS, tuple(draw(n, shift=5.0 * (n % 2)) for n in range(4)))
    moved = columns_moved(model, past, draw(9, shift=shift), NEWEST, 0.25)
    income = next(one for one in moved if one.name == "income")
    assert income.coarse
    assert not income.restless
    assert income.beyond is beyond
    assert "income" not in steady(moved, 0.25)


def test_lost_values_of_what_each_snapshot_has_anew_are_told(
    draw: Callable[..., Seen], model: StoredModel
) -> None:
    past = Before(MONTHS, tuple(draw(n, shift=5.0 * (n % 2)) for n in range(4)))
    now = draw(9)
    now.matrix[:500, 0] = np.nan
    moved = columns_moved(model, past, now, NEWEST, 0.25)
    assert [one.name for one in moved if one.beyond] == ["income"]
    assert moved[0].nulls_now == pytest.approx(1 / 3)


def test_what_comes_and_goes_with_the_snapshot_is_named_and_not_judged(
    draw: Callable[..., Seen], model: StoredModel
) -> None:
    parts = [draw(n) for n in range(4)]
    for part in parts[::2]:
        part.matrix[:, 0] = np.nan
    moved = columns_moved(model, Before(MONTHS, tuple(parts)), draw(9, shift=25.0), NEWEST, 0.25)
    assert moved[-1].name == "income"
    assert moved[-1].restless
    assert not moved[-1].beyond
    assert "income" not in steady(moved, 0.25)


def test_few_customers_prove_little(draw: Callable[..., Seen], model: StoredModel) -> None:
    few = Before((date(2024, 1, 1),), (draw(0, rows=40),))
    assert not [one for one in columns_moved(model, few, draw(1, rows=40), NEWEST, 0.25) if one.beyond]
    assert few.pace(NEWEST) == 0


def test_lost_values_are_counted(before: Before, draw: Callable[..., Seen], model: StoredModel) -> None:
    now = draw(4)
    now.matrix[:, 1] = np.nan
    visits = next(one for one in columns_moved(model, before, now, NEWEST, 0.25) if one.name == "visits")
    assert (visits.nulls_before, visits.nulls_now, visits.beyond) == (0, 1, True)
