"""What tells an outcome too well is named; what tells it honestly is not, in whatever form it comes."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from features.contract import FeatureColumn
from features.errors import GateError
from training.dataset import Dataset, Examples
from training.leaks import _bins, best_auc, ordered_auc, refuse_leaks, seers, suspects, tally, unordered_auc

ROWS = 3000
LABEL = (np.random.default_rng(0).uniform(size=ROWS) < 0.05).astype(float)


def dataset(
    column: np.ndarray, *, codes: tuple[str, ...] | None = None, label: np.ndarray = LABEL
) -> Dataset:
    """An honest feature beside the column in question."""
    honest = np.random.default_rng(1).normal(size=ROWS) + 1.5 * LABEL
    columns = (FeatureColumn(name="honest"), FeatureColumn(name="asked", categories=codes))
    keys = pa.table({"customer_id": np.arange(ROWS), "snapshot_date": np.zeros(ROWS)})
    whole = Examples(keys, np.column_stack([honest, column]), label[:, np.newaxis], np.ones(ROWS))
    return Dataset(columns, ("churn",), whole, (2400, 0, 300, ROWS - 2700))


def counted(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    halves = np.random.default_rng(3).integers(0, 2, len(labels))
    return tally(_bins(values), labels.astype(np.int64), halves)


NOTHING = pa.table({"customer_id": np.arange(ROWS)})
"""Endings that tell of nothing."""
NOISE = np.random.default_rng(2).normal(size=ROWS)


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        pytest.param(LABEL, None, id="a copy of the label"),
        pytest.param(-LABEL, None, id="its opposite"),
        pytest.param(3 * LABEL + 0.3 * NOISE, None, id="a noisy copy"),
        pytest.param(np.where(LABEL == 1, NOISE, np.nan), None, id="known only of those who left"),
        pytest.param(np.where(LABEL == 1, 1, 2 * (NOISE > 0)), ("no", "gone", "yes"), id="a closing code"),
        pytest.param(np.where(LABEL == 1, 11, 7 + 8 * (NOISE > 0)), None, id="the same, kept as a number"),
        pytest.param(np.where(LABEL == 1, 0, 5 * NOISE), None, id="nothing left, between more and less"),
    ],
)
def test_a_column_written_after_the_outcome_is_named(
    column: np.ndarray, codes: tuple[str, ...] | None
) -> None:
    data = dataset(column, codes=codes)
    with pytest.raises(
        GateError, match=r"training\.trusted:\n  asked tells churn with ROC-AUC (0\.99|1\.00)"
    ):
        refuse_leaks(data, NOTHING, ())
    refuse_leaks(data, NOTHING, ("asked",))


def test_honest_columns_pass() -> None:
    assert suspects(dataset(NOISE)) == []
    assert suspects(dataset(np.full(ROWS, np.nan))) == []


@pytest.mark.parametrize("seed", range(20))
def test_an_order_found_among_many_bins_is_luck(seed: int) -> None:
    """Of 300 rows each in a bin of its own: the half it was learned of it tells without an error."""
    random = np.random.default_rng(seed)
    labels = (np.arange(300) % 3 == 0).astype(np.int64)
    counts = tally(random.permutation(300) + 1, labels, random.integers(0, 2, 300))
    assert unordered_auc(counts) == pytest.approx(0.5, abs=0.01)


def test_too_few_outcomes_prove_nothing() -> None:
    label = np.where(np.cumsum(LABEL) <= 20, LABEL, 0.0)
    assert suspects(dataset(label, label=label)) == []


@given(st.integers(0, 10_000), st.integers(2, 60))
def test_bins_give_the_area_under_the_curve(seed: int, distinct: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, distinct, 200).astype(float)
    labels = (random.uniform(size=200) < 0.3).astype(float)
    labels[:2] = [0, 1]
    expected = roc_auc_score(labels, values)
    found = ordered_auc(counted(values, labels).sum(axis=1))
    assert found == pytest.approx(max(expected, 1 - expected))


def test_many_values_are_binned_without_losing_what_they_tell() -> None:
    values = NOISE + LABEL
    expected = roc_auc_score(LABEL, values)
    assert ordered_auc(counted(values, LABEL).sum(axis=1)) == pytest.approx(expected, abs=1e-3)


def test_a_leak_in_later_rows_is_seen_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are sorted by snapshot: the first alone may hold too few outcomes to judge by."""
    monkeypatch.setattr("training.leaks.ROWS_MOST", 1500)
    late = np.where(np.arange(ROWS) < 1500, 0.0, LABEL)
    assert [one.column for one in suspects(dataset(late, label=late))] == ["asked"]


MONTH = np.repeat([0, 1, 2], ROWS // 3)
DAYS = np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "datetime64[D]")


def in_time(column: np.ndarray, sizes: tuple[int, ...], month: np.ndarray = MONTH) -> Dataset:
    """Customers at the snapshot of each month; so many train, lie between, calibrate and test."""
    data = dataset(column)
    keys = pa.table({"customer_id": np.arange(ROWS), "snapshot_date": pa.array(DAYS[month])})
    return replace(data, everything=replace(data.everything, keys=keys), sizes=sizes)


@pytest.mark.parametrize(
    ("sizes", "month", "written", "told"),
    [
        ((1000, 600, 400, 1000), MONTH, MONTH > 0, "at 2024-02-01"),
        ((1000, 600, 400, 1000), MONTH, MONTH == 1, "at 2024-02-01"),
        ((1000, 1000, 0, 1000), MONTH, MONTH == 2, "at 2024-03-01"),
        ((2000, 0, 0, 1000), MONTH, MONTH == 2, "at 2024-03-01"),
        ((1800, 0, 600, 600), np.arange(ROWS) % 3, np.arange(ROWS) % 3 == 2, "at 2024-03-01"),
    ],
    ids=["after training", "in what is learned last", "in the test", "not calibrated", "customers parted"],
)
def test_a_copy_that_begins_after_training_is_named_with_its_snapshots(
    sizes: tuple[int, ...], month: np.ndarray, written: np.ndarray, told: str
) -> None:
    data = in_time(np.where(written, LABEL, 0.0), sizes, month)
    assert suspects(data, [np.arange(ROWS)]) == []  # of all rows together it tells too little
    with pytest.raises(GateError, match=rf"\n  asked tells churn with ROC-AUC 1\.0000 {told}$"):
        refuse_leaks(data, NOTHING, ())
    refuse_leaks(data, NOTHING, ("asked",))


def test_what_tells_honestly_in_every_part_passes() -> None:
    data = in_time(NOISE + 2.5 * LABEL, (1000, 600, 400, 1000))
    assert best_auc(counted(data.everything.matrix[:, 1], LABEL), coded=False) > 0.95
    assert suspects(data) == []


def test_a_part_with_too_few_outcomes_proves_nothing() -> None:
    few = np.flatnonzero(LABEL)[-20]
    written = np.where(np.arange(ROWS) >= few, LABEL, 0.0)
    assert suspects(in_time(written, (few // 2, few - few // 2, 0, ROWS - few))) == []


SNAPSHOTS = 3
PEOPLE = ROWS // SNAPSHOTS
LEAVES_IN = np.random.default_rng(3).integers(0, 20, PEOPLE)
"""The window in which each leaves: three are labelled, six lie within the data, few leave sooner or later."""
WINDOW, THERE = np.nonzero(np.arange(SNAPSHOTS)[:, np.newaxis] <= LEAVES_IN)
GONE = LEAVES_IN < 6
ENDINGS = pa.table({"customer_id": np.arange(PEOPLE), "churn by the end of the data": GONE.astype(float)})


def panel(column: np.ndarray, *, codes: tuple[str, ...] | None = None) -> Dataset:
    """Customers at each snapshot until they leave, and the column in question."""
    columns = (FeatureColumn(name="asked", categories=codes),)
    labels = (LEAVES_IN[THERE] == WINDOW).astype(float)[:, np.newaxis]
    keys = pa.table({"customer_id": THERE, "snapshot_date": WINDOW})
    whole = Examples(keys, column.astype(float)[:, np.newaxis], labels, np.ones(len(THERE)))
    return Dataset(columns, ("churn",), whole, (len(THERE), 0, 0, 0))


FLIPPED = np.random.default_rng(4).uniform(size=PEOPLE) < 0.005


@pytest.mark.parametrize(
    ("trait", "codes"),
    [
        pytest.param(GONE, None, id="a flag of all who left"),
        pytest.param(np.where(FLIPPED, ~GONE, GONE), None, id="with few mistakes"),
        pytest.param(np.where(GONE, 1, 2 * (LEAVES_IN > 12)), ("open", "closed", "vip"), id="a status"),
    ],
)
def test_a_status_as_of_the_datas_end_is_named(trait: np.ndarray, codes: tuple[str, ...] | None) -> None:
    data = panel(trait[THERE], codes=codes)
    assert suspects(data) == []  # beside one window it errs on all who leave later
    with pytest.raises(
        GateError, match=r"asked tells churn by the end of the data with ROC-AUC (0\.99|1\.00)"
    ):
        refuse_leaks(data, ENDINGS, ())
    refuse_leaks(data, ENDINGS, ("asked",))


def test_a_date_of_closing_tells_the_window_it_lies_in_and_the_end() -> None:
    data = panel(np.where(GONE, LEAVES_IN, np.nan)[THERE])
    assert [one.head for one in suspects(data)] == ["churn"]
    assert [one.head for one in seers(data, ENDINGS)] == ["churn by the end of the data"]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(
            (GONE + np.random.default_rng(5).normal(size=PEOPLE))[THERE], id="a trait that foretells"
        ),
        pytest.param(GONE[THERE] * WINDOW, id="what changes from snapshot to snapshot"),
        pytest.param(np.where(WINDOW == 2, GONE[THERE], np.nan), id="known only once it is so"),
        pytest.param(np.full(len(THERE), np.nan), id="unknown"),
    ],
)
def test_honest_columns_do_not_know_the_end(column: np.ndarray) -> None:
    assert seers(panel(column), ENDINGS) == []


def test_what_is_unknown_at_a_snapshot_has_not_changed() -> None:
    """Nor does it matter in which order the rows come."""
    column = np.where((WINDOW == 0) & (THERE < 2), np.nan, GONE[THERE])[::-1]
    data = panel(GONE[THERE])
    turned = data.everything.take(np.arange(len(THERE))[::-1])
    turned.matrix[:, 0] = column
    assert [one.column for one in seers(replace(data, everything=turned), ENDINGS)] == ["asked"]


def test_customers_without_an_ending_prove_nothing() -> None:
    assert seers(panel(GONE[THERE]), ENDINGS.slice(0, 20)) == []
    assert seers(panel(GONE[THERE]), NOTHING) == []
