"""Figures of groups against what was built into them."""

from collections.abc import Mapping

import numpy as np
import pytest

from training.answers import Answers
from training.evaluate import evaluate
from training.slices import ALL, Slice, of, slices

ROWS = 4000


def made(labels: np.ndarray, probabilities: np.ndarray, groups: Mapping[str, np.ndarray]) -> Answers:
    number = len(labels)
    shaped = tuple(one.reshape(number, one.size // max(number, 1) or 1) for one in (labels, probabilities))
    heads = tuple(f"head{place}" for place in range(shaped[0].shape[1]))
    return Answers(
        heads,
        np.arange(number),
        np.full(number, "2024-01-01", dtype=object),
        *shaped,
        np.full(len(heads), 0.1),
        groups,
    )


@pytest.fixture(scope="module")
def told() -> dict[str, Slice]:
    """Half of the customers leave as often as was said, half twice as often."""
    random = np.random.default_rng(0)
    probabilities = random.uniform(0.05, 0.35, ROWS)
    twice = np.arange(ROWS) % 2 == 1
    labels = (random.uniform(size=ROWS) < probabilities * np.where(twice, 2, 1)).astype(float)
    kind = np.where(twice, "twice", "true").astype(object)
    kind[:4] = "few"
    found = slices(made(labels, probabilities, {"kind": kind}), seed=0)
    assert [one.group for one in found] == ["all", "2024-01-01", "few", "true", "twice"]
    return {one.group: one for one in found}


def test_observed_over_expected_is_what_was_built_in(told: dict[str, Slice]) -> None:
    true, twice = (told[group].figures["observed_to_expected"] for group in ("true", "twice"))
    assert true.low < 1 < true.high
    assert twice.low < 2 < twice.high
    assert twice.low > true.high
    gap = told["twice"].figures["calibration_gap"]
    assert gap.low < 0.2 < gap.high  # the mean probability, once more


def test_intervals_are_as_wide_as_counting_makes_them(told: dict[str, Slice]) -> None:
    """The standard error of a sum of independent draws, over what was expected."""
    found = told["true"].figures["observed_to_expected"]
    expected = 0.2 * told["true"].rows
    error = np.sqrt(expected * (1 - 0.2)) / expected
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.25)


def test_none_of_a_few_expected_is_told_with_what_counting_leaves_open() -> None:
    """Of 600 rows in a group, said to be positive by one in a hundred, none is: chance in one of 400."""
    labels, said = np.zeros(1200), np.full(1200, 0.01)
    kind = np.repeat(np.array(["one", "two"], dtype=object), 600)
    [*_, two] = slices(made(labels, said, {"kind": kind}), seed=0)
    ratio, gap = two.figures["observed_to_expected"], two.figures["calibration_gap"]
    most = 1 - 0.025 ** (1 / 600)  # of Clopper and Pearson, for no event
    assert (ratio.value, ratio.low) == (0.0, 0.0)
    assert ratio.high == pytest.approx(most / 0.01)
    assert (gap.low, gap.high) == pytest.approx((-0.01, most - 0.01))


def test_few_rows_are_said_to_be_too_few(told: dict[str, Slice]) -> None:
    assert {group: one.small for group, one in told.items()} == {
        "all": False,
        "2024-01-01": False,
        "few": True,
        "true": False,
        "twice": False,
    }


def test_a_group_that_comes_true_far_oftener_than_expected_is_not_too_small() -> None:
    """Fewer than one is expected, and forty do."""
    group = np.repeat(np.array(["more", "as said"], dtype=object), 400)
    labels = (np.arange(800) < 40).astype(float)
    found = slices(made(labels, np.full(800, 0.002), {"kind": group}), seed=0)
    assert [one.small for one in of(found, "kind")] == [True, False]
    [ratio] = (one.figures["observed_to_expected"] for one in of(found, "kind") if one.group == "more")
    assert ratio.low > 30


def test_figures_of_everyone_are_those_of_evaluate() -> None:
    random = np.random.default_rng(1)
    probabilities = random.uniform(size=(500, 2))
    labels = (random.uniform(size=(500, 2)) < probabilities).astype(float)
    labels[::7, 1] = np.nan
    found = made(labels, probabilities, {})
    [whole] = of(slices(found, seed=0), ALL)
    expected = evaluate(found.heads, labels, probabilities, found.base_rates.tolist())
    for name in ("roc_auc", "average_precision", "log_loss", "calibration_error", "map_at_7"):
        assert whole.figures[name].value == pytest.approx(expected[name])
    assert (whole.rows, whole.positives) == (int((~np.isnan(labels)).sum()), int(np.nansum(labels)))


def test_no_rows_have_no_slices() -> None:
    assert slices(made(np.empty((0, 1)), np.empty((0, 1)), {}), seed=0) == []


def test_of_many_rows_fewer_customers_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.slices.CELLS_MOST", 1000)
    [whole] = of(slices(made(np.zeros(ROWS), np.full(ROWS, 0.5), {}), seed=0), ALL)
    assert whole.rows == pytest.approx(1000, rel=0.1)
