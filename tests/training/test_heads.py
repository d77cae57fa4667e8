"""Heads are calibrated on rows they have not seen; those with too few positives answer their base rate."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.contract import FeatureColumn
from features.progress import silent
from training.dataset import Dataset, Examples, number_customers
from training.fit import leaves_for, options
from training.heads import FittedHead, fit_heads, importance, learn_heads, predict, refit
from training.metrics.calibration import calibration_error
from training.soup import SOUP

COLUMNS = (FeatureColumn(name="signal"), FeatureColumn(name="noise"))
SETTINGS = options(COLUMNS, {}, 0)
RARE_ROWS, NO_ROWS = 7, 0


def everything(rows: int = 9000) -> Examples:
    """A head to learn, one with too few positives, one without any."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(rows, 2))
    truth = 1 / (1 + np.exp(-(1.5 * matrix[:, 0] - 2)))
    labels = np.zeros((rows, 3))
    labels[:, 0] = random.uniform(size=rows) < truth
    labels[:RARE_ROWS, 1] = 1.0
    labels[-100:, 1] = np.nan
    return Examples(pa.table({"customer_id": np.arange(rows)}), matrix, labels, np.ones(rows))


def dataset(rows: int = 9000) -> Dataset:
    whole = everything(rows)
    return Dataset(COLUMNS, ("card", "loan", "fund"), whole, (rows * 6 // 10, 0, rows // 5, rows // 5))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return dataset()


@pytest.fixture(scope="module")
def heads(data: Dataset) -> list[FittedHead]:
    return fit_heads(data, SETTINGS, 30, silent)


def test_a_learned_head_predicts_calibrated_probabilities(data: Dataset, heads: list[FittedHead]) -> None:
    found = predict(heads, data.test.matrix)
    assert found.shape == (1800, 3)
    truth = 1 / (1 + np.exp(-(1.5 * data.test.matrix[:, 0] - 2)))
    assert np.abs(found[:, 0] - truth).mean() < 0.05
    assert calibration_error(data.test.labels[:, 0], found[:, 0]) < 0.03
    assert heads[0].calibration.kind == "platt"
    assert heads[0].note == ""


def test_heads_with_too_few_positives_answer_their_base_rate(data: Dataset, heads: list[FittedHead]) -> None:
    _, loan, fund = heads
    assert (loan.booster, loan.positives, loan.base_rate) == (None, RARE_ROWS, RARE_ROWS / 5400)
    assert loan.note.startswith("loan: 7 positives among 5400 training rows, fewer than 30")
    # Never opened, it is not certain never to be.
    assert (fund.booster, fund.base_rate) == (None, 0.5 / 5401)
    assert predict(heads, data.test.matrix)[0].tolist()[1:] == [RARE_ROWS / 5400, 0.5 / 5401]


def test_a_head_that_no_feature_parts_answers_its_base_rate(data: Dataset) -> None:
    rows = data.everything
    same = replace(data, everything=replace(rows, matrix=np.ones_like(rows.matrix)))
    card, *_ = learn_heads(same, SETTINGS, 30, silent)
    assert (card.booster, card.tells_apart) == (None, False)
    told = f"scored by its base rate, {card.base_rate:.4f}"
    assert card.note == f"card: no feature parts its training rows: {told}"
    assert card.predict(np.ones((1, 2))).tolist() == [card.base_rate]


def test_a_base_rate_counts_what_sampled_rows_stand_for(data: Dataset) -> None:
    weights = np.where(data.everything.labels[:, 1] == 1, 1.0, 10.0)
    sampled = replace(data, everything=replace(data.everything, weights=weights))
    loan = fit_heads(sampled, SETTINGS, 10**6, silent)[1]
    assert loan.base_rate == pytest.approx(RARE_ROWS / (RARE_ROWS + 10 * (5400 - RARE_ROWS)))


def test_nothing_to_fit_needs_no_rows(data: Dataset) -> None:
    empty = data.everything.slice(0, 0)
    nobody = Dataset(COLUMNS, data.heads, empty, (0, 0, 0, 0))
    found = fit_heads(nobody, SETTINGS, 30, silent)
    assert [head.base_rate for head in found] == [0.0, 0.0, 0.0]
    assert predict(found, empty.matrix).shape == (0, 3)


def test_without_calibration_rows_a_head_says_it_is_not_calibrated(data: Dataset) -> None:
    found = fit_heads(replace(data, sizes=(5400, 1800, 0, 1800)), SETTINGS, 30, silent)[0]
    assert found.calibration.kind == "identity"
    assert found.note == "card: not calibrated, 0 positives in 0 rows held back"


def test_a_tier_that_changed_since_training_is_mended_wherever_the_head_predicts() -> None:
    """A tier's chance has doubled in the rows that calibrate and test; the booster learned the old one."""
    whole = everything()
    tier = np.random.default_rng(1).integers(0, 3, len(whole.matrix)).astype(float)
    later = np.arange(len(tier)) >= 5400
    whole.labels[later & (tier == 1), 0] = np.random.default_rng(2).random((later & (tier == 1)).sum()) < 0.5
    whole = replace(whole, matrix=np.column_stack([whole.matrix, tier]))
    columns = (*COLUMNS, FeatureColumn(name="tier", categories=("dormant", "low_value", "valuable")))
    graded = Dataset(columns, ("card", "loan", "fund"), whole, (5400, 0, 1800, 1800))
    [head, *_] = fit_heads(graded, options(columns, {}, 0), 30, silent)
    assert head.booster is not None
    assert head.calibration.shift is not None
    rows, labels = graded.test.matrix, graded.test.labels[:, 0]
    raw = np.asarray(head.booster.predict(rows))
    found = head.predict(rows)
    odds = head.calibration.overall(raw) / (1 - head.calibration.overall(raw))
    odds *= np.exp(np.array(head.calibration.shift.log_odds)[rows[:, 2].astype(int)])
    np.testing.assert_allclose(found, odds / (1 + odds), rtol=0, atol=1e-9)
    overall, mended = (
        [abs((labels - said)[rows[:, 2] == code].mean()) for code in range(3)]
        for said in (head.calibration.overall(raw), found)
    )
    assert max(overall) > 0.15
    assert max(mended) < 0.05


def test_a_head_learns_last_from_all_that_had_come_true_by_the_test() -> None:
    """Only rows between training and calibration tell that the signal has turned round."""
    data = replace(dataset(), sizes=(3000, 3000, 1200, 1800))
    between = slice(3000, 6000)
    data.everything.labels[between, 0] = 1 - data.everything.labels[between, 0]
    # Of two columns none may gain by a drawn cut, and learning ends there.
    settings = {**SETTINGS, "extra_trees": False}
    first, again = (learn(data, settings, 30, silent)[0] for learn in (fit_heads, learn_heads))
    assert first.booster is not None
    assert again.booster is not None
    assert again.booster.num_trees() == SOUP * first.booster.num_trees()
    assert again.calibration == first.calibration
    # Half of what it learns from says the opposite: it says less, on the whole rather than at the extremes.
    told, unsure = (np.std(one.booster.predict(data.test.matrix)) for one in (first, again))
    assert unsure < told / 2
    unseen = replace(data, everything=replace(data.everything, labels=data.everything.labels.copy()))
    unseen.test.labels[:] = 1 - unseen.test.labels
    assert (
        predict(learn_heads(unseen, settings, 30, silent), data.test.matrix)[:, 0]
        == again.predict(data.test.matrix)
    ).all()


def test_refitting_learns_from_all_rows_with_as_many_rounds(data: Dataset, heads: list[FittedHead]) -> None:
    again = refit(heads, data.everything, COLUMNS, SETTINGS, silent)
    assert again[0].booster is not None
    assert heads[0].booster is not None
    assert heads[0].booster.num_trees() == heads[0].rounds
    assert again[0].booster.num_trees() == SOUP * heads[0].rounds
    assert again[0].calibration == heads[0].calibration
    assert again[1:] == heads[1:]
    sizes = (
        again[0]
        .booster.trees_to_dataframe()
        .groupby("tree_index")["left_child"]
        .apply(lambda one: one.isna().sum())
    )
    assert (
        sizes.max()
        == heads[0].growth["num_leaves"]
        == leaves_for(data.train.labels[:, 0], number_customers(data.train.keys))
    )
    rows = data.test.matrix
    assert (predict(again, rows)[:, 0] != predict(heads, rows)[:, 0]).any()


def test_a_head_tells_how_its_trees_were_grown_whoever_chose_it(
    data: Dataset, heads: list[FittedHead]
) -> None:
    assert heads[0].growth == {"num_leaves": 15, "extra_trees": False}
    fixed = fit_heads(data, {**SETTINGS, "num_leaves": 3, "extra_trees": True}, 30, silent)
    assert fixed[0].growth == {"num_leaves": 3, "extra_trees": True}
    assert fixed[1].growth == {}


def test_importance_is_the_share_of_gain(heads: list[FittedHead]) -> None:
    found = importance(heads, COLUMNS)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["signal"] > 0.8
    assert importance(heads[1:], COLUMNS) == {}
