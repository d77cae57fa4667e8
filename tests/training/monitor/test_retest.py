"""A snapshot whose data were overwritten scores otherwise than when it tested; one that stands does not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.answers import Answers
from training.monitor.retest import Retest, retest
from training.monitor.rows import see
from training.stored import StoredModel

Places = NDArray[np.int64]

DAY, ROWS = date(2024, 4, 1), 3000
RANDOM = np.random.default_rng(0)
INCOME, VISITS = RANDOM.normal(size=ROWS), RANDOM.poisson(3, ROWS).astype(float)
LABEL = (RANDOM.uniform(size=ROWS) < 0.1).astype(float)


def features(times: float = 1.0) -> pa.Table:
    columns = {"income": INCOME * times, "visits": VISITS, "region": ["a"] * ROWS, "empty": [None] * ROWS}
    return pa.table({CUSTOMER_ID: np.arange(ROWS), **columns})


def labels(rows: Places) -> pa.Table:
    keys = {CUSTOMER_ID: rows, SNAPSHOT_DATE: pa.repeat(pa.scalar(DAY, pa.date32()), len(rows))}
    return pa.table({**keys, "churn": LABEL[rows]})


def answered(model: StoredModel, rows: Places, *, trained: tuple[str, ...] = ("2024-01-01",)) -> StoredModel:
    """The model with what it answered of `rows` when it was tested."""
    scores = see(features(), model).scores[rows]
    days = np.array([str(DAY)] * len(rows), dtype=object)
    kept = Answers(("churn",), np.arange(len(rows)), days, LABEL[rows][:, None], scores, np.array([0.1]))
    contract = model.contract.model_copy(update={"train_snapshots": trained})
    return replace(model, contract=contract, answers=kept)


def again(stored: StoredModel, times: float = 1.0, labelled: Places | None = None) -> Retest:
    rows = np.arange(ROWS) if labelled is None else labelled
    found = retest(stored, features(times), labels(rows), DAY, 0.25)
    assert found is not None
    return found


def test_a_snapshot_that_stands_scores_as_it_did(model: StoredModel) -> None:
    found = again(answered(model, np.arange(ROWS)))
    assert (found.psi, found.restated, found.rows, found.limit) == (0.0, False, ROWS, 0.25)
    assert (found.rate_times, found.lift_times) == pytest.approx((1.0, 1.0))


def test_a_sample_of_it_is_within_chance(model: StoredModel) -> None:
    found = again(answered(model, RANDOM.permutation(ROWS)[:400]))
    assert found.psi is not None
    assert 0 < found.psi < found.limit


def test_overwritten_data_are_told(model: StoredModel) -> None:
    found = again(answered(model, np.arange(ROWS)), times=10.0)
    assert found.restated
    assert found.head == "churn"


def test_where_customers_were_split_the_served_model_is_not_the_one_tested(model: StoredModel) -> None:
    found = again(answered(model, np.arange(ROWS), trained=(str(DAY),)), times=10.0)
    assert (found.psi, found.restated) == (None, False)


def test_whom_labels_are_known_of_is_allowed_for(model: StoredModel) -> None:
    scores = see(features(), model).scores[:, 0]
    likely = np.flatnonzero(scores > np.median(scores))
    found = again(answered(model, likely), labelled=likely)
    assert found.psi == 0
    assert found.rate_times == pytest.approx(scores.mean() / scores[likely].mean())
    assert found.rate_times < 0.9


def test_without_answers_nothing_is_compared(model: StoredModel) -> None:
    assert retest(model, features(), labels(np.arange(ROWS)), DAY, 0.25) is None
