"""Qini coefficient and AUUC against curves counted customer by customer."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics.uplift import auuc, bootstrap, interval, qini, ranking

ROW = st.tuples(st.integers(0, 3), st.booleans(), st.booleans(), st.sampled_from([0.2, 0.5, 0.7]))
TRIALS = st.lists(ROW, min_size=2, max_size=12).filter(lambda rows: {row[1] for row in rows} == {True, False})


def columns(rows: list) -> tuple[np.ndarray, ...]:
    uplift, treated, outcome, probability = (np.array(column) for column in zip(*rows, strict=True))
    return uplift.astype(float), treated, outcome.astype(float), probability.astype(float)


def counted(rows: list) -> tuple[float, float]:
    """Both areas by counting from scratch at every distinct score, in exact order of the definitions."""
    weight = [1 / p if t else 1 / (1 - p) for _, t, _, p in rows]
    total = sum(w for (_, t, _, _), w in zip(rows, weight, strict=True) if t)
    points = [(0.0, 0.0, 0.0)]
    for score in sorted({row[0] for row in rows}, reverse=True):
        top = [(row, w) for row, w in zip(rows, weight, strict=True) if row[0] >= score]
        n = {arm: sum(w for row, w in top if row[1] is arm) for arm in (True, False)}
        y = {arm: sum(w for row, w in top if row[1] is arm and row[2]) for arm in (True, False)}
        missed = y[False] / n[False] if n[False] else 0.0
        both = y[True] / n[True] - missed if n[True] and n[False] else 0.0
        share = len(top) / len(rows)
        points.append((share, (y[True] - n[True] * missed) / total, both * share))
    areas = [sum((b[0] - a[0]) * (a[k] + b[k]) / 2 for a, b in itertools.pairwise(points)) for k in (1, 2)]
    return areas[0] - points[-1][1] / 2, areas[1]


@given(TRIALS)
def test_both_areas_are_those_counted_row_by_row(rows: list) -> None:
    expected_qini, expected_auuc = counted(rows)
    assert qini(*columns(rows)) == pytest.approx(expected_qini, abs=1e-12)
    assert auuc(*columns(rows)) == pytest.approx(expected_auuc, abs=1e-12)


@given(TRIALS, st.randoms(use_true_random=False))
def test_the_order_of_tied_rows_does_not_matter(rows: list, random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert qini(*columns(shuffled)) == pytest.approx(qini(*columns(rows)), abs=1e-12)
    assert auuc(*columns(shuffled)) == pytest.approx(auuc(*columns(rows)), abs=1e-12)


@given(TRIALS, st.data())
def test_a_row_that_counts_twice_is_a_row_given_twice(rows: list, data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows)))
    repeated = [row for row, count in zip(rows, counts, strict=True) for _ in range(count)]
    assert ranking(*columns(rows)).qini(np.array(counts, float)) == pytest.approx(qini(*columns(repeated)))
    assert ranking(*columns(rows)).auuc(np.array(counts, float)) == pytest.approx(auuc(*columns(repeated)))


def test_one_score_for_all_is_a_random_order() -> None:
    rows = [(0, True, True, 0.5), (0, False, False, 0.5), (0, True, False, 0.5), (0, False, False, 0.5)]
    assert qini(*columns(rows)) == pytest.approx(0.0)
    assert auuc(*columns(rows)) == pytest.approx(0.25)  # half of the average effect, 1/2


def test_equal_arms_give_radcliffes_own_curve() -> None:
    """Of eight customers the first four respond only if treated, the others never."""
    treated = np.array([True, False] * 4)
    outcome = np.array([1.0, 0, 1, 0, 0, 0, 0, 0])
    score = np.arange(8, 0, -1.0)
    share, gain, _ = ranking(score, treated, outcome, np.full(8, 0.5)).curves()
    assert share.tolist() == [0, 1 / 8, 2 / 8, 3 / 8, 4 / 8, 5 / 8, 6 / 8, 7 / 8, 1]
    assert gain.tolist() == [0, 1 / 4, 1 / 4, 2 / 4, 2 / 4, 2 / 4, 2 / 4, 2 / 4, 2 / 4]


def test_weights_undo_unequal_assignment() -> None:
    """Treatment is likelier where nobody responds anyway: unweighted, the effect would look halved."""
    random = np.random.default_rng(0)
    responsive = random.random(40_000) < 0.5
    probability = np.where(responsive, 0.2, 0.8)
    treated = random.random(40_000) < probability
    outcome = (responsive & treated).astype(float)
    score = responsive.astype(float)
    assert auuc(np.zeros(40_000), treated, outcome, probability) == pytest.approx(0.25, abs=0.01)
    # Perfect order: half of the customers bring all of the effect, 1/2; area 1/8 above the diagonal.
    assert qini(score, treated, outcome, probability) == pytest.approx(0.125, abs=0.01)


def test_an_empty_arm_is_refused() -> None:
    with pytest.raises(ValueError, match="between two arms"):
        qini(np.zeros(3), np.ones(3, bool), np.zeros(3), np.full(3, 0.5))


def test_the_interval_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(0).normal(size=400)
    drawn = bootstrap(lambda counts: float(np.average(values, weights=counts)), np.arange(400), 800, seed=1)
    low, high = interval(drawn)
    half = 1.96 * values.std() / np.sqrt(400)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)


def test_customers_are_drawn_with_all_their_rows() -> None:
    seen = []

    def measure(counts: np.ndarray) -> float:
        seen.append(counts)
        return 0.0

    bootstrap(measure, np.array([7, 7, 9, 9, 9, 4]), 20, seed=0)
    assert all(one[0] == one[1] and one[2] == one[3] == one[4] for one in seen)
    assert all(one[0] + one[2] + one[5] == 3 for one in seen)
