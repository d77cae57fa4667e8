"""Non-inferiority on answers whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from features.contract import ModelContract
from features.promotion_spec import PromotionSpec
from training.answers import Answers
from training.intervals import interval
from training.promotion.gates.case import Case, Side
from training.promotion.gates.quality import check, drawn

ROWS = 4000
RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.beta(1, 8, ROWS)
LABELS = (RANDOM.uniform(size=ROWS) < TRUTH).astype(float)


def side(probabilities: np.ndarray) -> Side:
    contract = ModelContract(
        model="churn",
        feature_service="churn-1",
        columns=(),
        heads=(),
        gap_days=0,
        horizon_days=90,
        train_snapshots=(),
        fingerprint="f",
    )
    found = Answers(
        ("churn",),
        np.arange(ROWS),
        np.full(ROWS, "2024-01-01", dtype=object),
        LABELS.reshape(-1, 1),
        probabilities.reshape(-1, 1),
        np.array([LABELS.mean()]),
    )
    return Side(1, contract, (), None, "d", found)


GOOD, FLAT = side(TRUTH), side(np.full(ROWS, LABELS.mean()))
NOISE = side(np.clip(TRUTH[RANDOM.permutation(ROWS)], 1e-3, 1))


def passed(challenger: Side, champion: Side | None, *, same: bool = True, margin: float = 0.05) -> list[bool]:
    case = Case(PromotionSpec(quality_margin=margin), challenger, champion, same_rows=same)
    return [finding.passed for finding in check(case)]


def test_the_truth_beats_the_base_rates_and_shuffled_truth_does_not() -> None:
    assert passed(GOOD, None) == [True]
    assert passed(FLAT, None) == [True]  # no worse than base rates: it is them
    assert passed(NOISE, None) == [False]


def test_a_model_is_not_inferior_to_itself_even_without_margin() -> None:
    assert passed(GOOD, GOOD, margin=0.0) == [True, True, True]


def test_a_clearly_worse_one_is_refused_and_a_better_one_passes() -> None:
    assert passed(FLAT, GOOD) == [True, False, False]
    assert passed(GOOD, FLAT) == [True, True, True]


def test_on_other_rows_each_draws_its_own_so_that_little_is_proven() -> None:
    assert passed(GOOD, GOOD, same=False, margin=0.0) == [True, False, False]
    [*_, ranking] = check(Case(PromotionSpec(), GOOD, GOOD))
    assert "own rows each" in ranking.gate


def test_never_tested_is_said() -> None:
    assert GOOD.answers is not None
    empty = replace(GOOD, answers=GOOD.answers.take(np.zeros(ROWS, dtype=bool)))
    [finding] = check(Case(PromotionSpec(), empty))
    assert (finding.measured, finding.passed) == ("no test rows", False)


def test_the_interval_of_a_paired_difference_has_its_known_width() -> None:
    """Of Brier scores: a mean of independent differences, whose standard error is known."""
    assert GOOD.answers is not None
    assert FLAT.answers is not None
    found = interval(drawn(GOOD.answers, 0)["brier"] - drawn(FLAT.answers, 0)["brier"])
    gaps = (TRUTH - LABELS) ** 2 - (LABELS.mean() - LABELS) ** 2
    assert found.value == pytest.approx(gaps.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * gaps.std() / np.sqrt(ROWS), rel=0.15)
