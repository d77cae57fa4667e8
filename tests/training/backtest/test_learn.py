"""A fold's model is the one that training would have tested."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.layout import load_layout, save_layout
from features.progress import silent
from features.spec import BankSpec
from features.vocabulary import Model
from training import growth, pipeline
from training.backtest.folds import Past, read_past, walk_forward
from training.backtest.learn import learn_fold
from training.dataset import History
from training.evaluate import evaluate
from training.split import Part


@pytest.fixture
def single(bank: BankSpec) -> BankSpec:
    """The bank when it had but one snapshot: customers are split."""
    layout = load_layout(bank)
    save_layout(bank.state, layout.model_copy(update={"snapshots": layout.snapshots[:1]}))
    return bank


def read(spec: BankSpec, store: History) -> Past:
    return read_past(spec, Model.CHURN, load_layout(spec), store, silent)


def test_of_a_single_snapshot_it_is_trains_own_grown_as_train_grows_it(
    single: BankSpec, signal_store: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "OUTCOMES_LEAST", 20)  # of 240 customers who train
    monkeypatch.setattr(growth, "PROVEN", -np.inf)
    layout = load_layout(single)
    built = pipeline.build_model(single, Model.CHURN, layout, signal_store, progress=silent)
    past = read(single, signal_store)
    first = walk_forward(past.rows.keys, single)[0]
    learned = learn_fold(single, Model.CHURN, past, first)
    test = first.rows(past, Part.TEST)
    found = evaluate(["churn"], test.labels, learned.answer(test), learned.base_rates.tolist())
    assert found == built.trained.metrics
    assert [note for note in learned.tried if note.endswith(" kept")] == list(learned.tried)
    assert learned.tried
    assert set(learned.tried) < set(built.notes)


def test_the_outcomes_of_other_parts_choose_no_way_to_grow(
    single: BankSpec, signal_store: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "OUTCOMES_LEAST", 20)
    past = read(single, signal_store)
    for fold in walk_forward(past.rows.keys, single, 2):
        told = learn_fold(single, Model.CHURN, past, fold).tried
        others = fold.split.parts != Part.TRAIN
        past.rows.labels[others] = 1 - past.rows.labels[others]
        assert learn_fold(single, Model.CHURN, past, fold).tried == told != ()
        past.rows.labels[others] = 1 - past.rows.labels[others]


def test_rules_learn_from_all_that_had_come_true_by_the_test(bank: BankSpec, past: Past) -> None:
    features = (("transactions_days_since_last", "number"), past.rows.features[1])
    fold = walk_forward(past.rows.keys, bank, 1)[0]
    newer = fold.split.learnt & (fold.split.parts != Part.TRAIN)
    past.rows.labels[newer] = 1.0  # whoever learns of these expects more to leave
    seen = replace(past, rows=replace(past.rows, features=features))
    learned = learn_fold(bank, Model.CHURN, seen, fold)
    answered = learned.rules["recency"](fold.rows(seen, Part.TEST))
    share = past.rows.labels[fold.split.learnt].mean()
    assert share > past.rows.labels[fold.split.rows(Part.TRAIN)].mean() + 0.1
    assert answered.mean() == pytest.approx(share, abs=0.03)  # the signal is the same at every snapshot


def test_in_time_no_other_way_to_grow_is_tried(
    bank: BankSpec, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("train tries none")

    monkeypatch.setattr("training.choices.with_growth", refused)
    assert learn_fold(bank, Model.CHURN, past, walk_forward(past.rows.keys, bank, 1)[0]).tried == ()
