"""Both sides are held to the same rows, also where each was tested on its own."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features.fingerprint import fingerprint_data, fingerprint_sources
from features.layout import load_layout, save_layout
from features.promotion_spec import PromotionSpec
from features.question import Question
from features.spec import BankSpec, WindowSpec
from features.tracking import registered_name
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry
from training.dataset import History
from training.pipeline import train
from training.promotion.evidence import on_common_rows, on_tested_rows, promotion_case
from training.promotion.gates import quality
from training.promotion.gates.case import Side
from training.promotion.gates.side import read_side
from training.promotion.promote import promote
from training.slices import slices
from training.split import customer_share


def of(bank: BankSpec, *days: date) -> BankSpec:
    """The bank as one with these snapshots, its features built."""
    then = bank.model_copy(update={"snapshots": bank.snapshots.model_copy(update={"dates": days})})
    sources = fingerprint_sources(then, fingerprint_data(then))
    save_layout(bank.state, load_layout(bank).model_copy(update={"snapshots": days, "sources": sources}))
    return then


def until(bank: BankSpec, last: date) -> BankSpec:
    """The bank as it was when `last` was its newest snapshot."""
    return of(bank, *(day for day in bank.snapshots.all() if day <= last))


def side(bank: BankSpec, number: int) -> Side:
    client, name = registry.open_client(bank), registered_name(bank, Model.CHURN)
    with registry.version_folder(client, bank, name, number) as folder:
        return read_side(folder, number)


@pytest.fixture
def grown(bank: BankSpec, signal_store: History) -> BankSpec:
    """A champion of five months and a challenger of seven."""
    whole = load_layout(bank)
    train(until(bank, date(2024, 5, 1)), Model.CHURN, store=signal_store)
    save_layout(bank.state, whole)
    train(bank, Model.CHURN, store=signal_store)
    return bank


def test_both_are_scored_anew_at_the_newest_snapshot(grown: BankSpec, signal_store: History) -> None:
    challenger, champion = side(grown, 2), side(grown, 1)
    assert challenger.card and champion.card
    assert challenger.card.tested_on != champion.card.tested_on
    case = promotion_case(grown, load_layout(grown), signal_store, challenger, champion)
    assert case.same_rows
    ours, theirs = case.challenger.answers, case.champion.answers if case.champion else None
    assert ours and theirs and challenger.answers
    assert set(ours.snapshot) == set(theirs.snapshot) == {"2024-07-01"}
    np.testing.assert_array_equal(ours.customer, theirs.customer)
    np.testing.assert_array_equal(ours.labels, theirs.labels)
    # The challenger was tested on just these rows: what it answers now is what it answered then.
    np.testing.assert_allclose(ours.probabilities, challenger.answers.probabilities, rtol=0, atol=1e-12)
    keys = pa.table({CUSTOMER_ID: np.arange(400), SNAPSHOT_DATE: pa.array([date(2024, 7, 1)] * 400)})
    expected = champion.score(signal_store.historical("churn-", keys))
    np.testing.assert_array_equal(theirs.probabilities, expected)


def test_a_first_model_is_judged_by_the_groups_of_its_card(grown: BankSpec, signal_store: History) -> None:
    first = side(grown, 1)
    assert first.answers
    told = promotion_case(grown, load_layout(grown), signal_store, first, None).sliced
    again = slices(first.answers, grown.training.seed)
    np.testing.assert_equal([vars(one) for one in told], [vars(one) for one in again])


def test_answers_given_anew_are_grouped_anew(grown: BankSpec, signal_store: History) -> None:
    challenger, champion = side(grown, 1), side(grown, 2)
    case = promotion_case(grown, load_layout(grown), signal_store, challenger, champion)
    assert {one.group for one in case.sliced if one.by == "snapshot"} == {"2024-07-01"}
    assert challenger.card
    assert {one.group for one in challenger.card.slices if one.by == "snapshot"} == {"2024-05-01"}


def test_the_table_says_that_rows_are_the_same(grown: BankSpec, signal_store: History) -> None:
    few = {"quality_margin": 0.2, "psi_most": 5.0, "calibration_error_most": 0.2}  # 400 customers are few
    wide = grown.promotion.model_copy(update=few)
    spec = grown.model_copy(update={"promotion": wide})
    found = promote(spec, Model.CHURN, 2, store=signal_store)
    gates = [finding.gate for finding in found.findings]
    assert "quality: skill over the champion's, same rows" in gates


def test_where_one_learned_from_the_newest_rows_too_none_are_left(
    grown: BankSpec, signal_store: History
) -> None:
    challenger, champion = side(grown, 1), side(grown, 2)
    assert champion.card
    knows = replace(champion, card=champion.card.model_copy(update={"refitted": True}))
    layout = load_layout(grown)
    assert on_common_rows(grown, layout, signal_store, challenger, champion) is not None
    assert on_common_rows(grown, layout, signal_store, challenger, knows) is None
    case = promotion_case(grown, layout, signal_store, challenger, knows)
    assert (case.same_rows, case.champion) == (False, knows)


def test_one_that_learned_from_every_row_is_asked_about_later_ones(
    grown: BankSpec, signal_store: History
) -> None:
    """Fitted again on its test of May, it has never seen what came true after July."""
    challenger, champion = side(grown, 2), side(grown, 1)
    assert champion.card
    refitted = replace(champion, card=champion.card.model_copy(update={"refitted": True}))
    case = promotion_case(grown, load_layout(grown), signal_store, challenger, refitted)
    assert case.same_rows
    assert case.champion and case.champion.answers
    assert set(case.champion.answers.snapshot) == {"2024-07-01"}


@pytest.fixture
def single(bank: BankSpec, signal_store: History) -> BankSpec:
    """A champion of June alone and a challenger of July alone, each fitted again on all its rows."""
    for day in (date(2024, 6, 1), date(2024, 7, 1)):
        spec = of(bank, day)
        train(spec, Model.CHURN, store=signal_store)
    return spec


def test_models_of_single_snapshots_are_compared_on_the_customers_that_tested_the_later(
    single: BankSpec, signal_store: History
) -> None:
    challenger, champion = side(single, 2), side(single, 1)
    assert challenger.card and challenger.card.refitted and champion.card and champion.card.refitted
    layout = load_layout(single)
    case = promotion_case(single, layout, signal_store, challenger, champion)
    ours, theirs = case.challenger.answers, case.champion.answers if case.champion else None
    assert case.same_rows and case.challenger.own
    assert ours is challenger.answers and ours and theirs
    ids = pa.chunked_array([np.arange(400)])
    tested = np.flatnonzero(customer_share(ids, single.training.seed) >= 0.8)
    assert len(ours) == len(tested)
    np.testing.assert_array_equal(theirs.labels, ours.labels)
    np.testing.assert_array_equal(theirs.customer, ours.customer)
    keys = pa.table({CUSTOMER_ID: tested, SNAPSHOT_DATE: pa.array([date(2024, 7, 1)] * len(tested))})
    expected = champion.score(signal_store.historical("churn-", keys))
    np.testing.assert_array_equal(theirs.probabilities, expected)


def test_an_equal_challenger_is_not_refused_for_chance_between_rows(
    single: BankSpec, signal_store: History
) -> None:
    challenger, champion = side(single, 2), side(single, 1)
    case = promotion_case(single, load_layout(single), signal_store, challenger, champion)
    case = replace(case, limits=PromotionSpec(quality_lost_most=1.0))
    apart = replace(case, champion=champion, same_rows=False)
    ranking, unpaired = ([*quality.check(one)][-1] for one in (case, apart))
    assert ranking.gate == "quality: roc_auc over the champion's, same rows"
    assert (ranking.passed, unpaired.passed) == (True, False)


def test_rows_that_are_not_found_again_or_were_learned_from_are_not_compared_on(
    single: BankSpec, signal_store: History
) -> None:
    challenger, champion = side(single, 2), side(single, 1)
    layout = load_layout(single)
    assert on_tested_rows(single, layout, signal_store, challenger, champion) is not None
    assert challenger.card
    other = replace(challenger, card=challenger.card.model_copy(update={"tested_on": "f" * 64}))
    assert on_tested_rows(single, layout, signal_store, other, champion) is None
    reseeded = single.model_copy(update={"training": single.training.model_copy(update={"seed": 7})})
    assert on_tested_rows(reseeded, layout, signal_store, challenger, champion) is None
    longer = replace(champion, contract=champion.contract.model_copy(update={"horizon_days": 31}))
    assert on_tested_rows(single, layout, signal_store, challenger, longer) is None
    assert on_tested_rows(single, layout, signal_store, champion, challenger) is None


def test_a_champion_whose_answers_are_not_as_written_is_asked_anew(
    grown: BankSpec, signal_store: History
) -> None:
    layout, challenger, champion = load_layout(grown), side(grown, 2), side(grown, 1)
    assert champion.answers is not None and challenger.card is not None
    turned = replace(champion.answers, probabilities=1 - champion.answers.probabilities)
    # Said to have been tested on the same rows, or its own answers would not be looked at.
    card = champion.card and champion.card.model_copy(update={"tested_on": challenger.card.tested_on})
    forged = replace(champion, card=card, answers=turned, evidence={"answers.parquet": "f" * 64})
    case = promotion_case(grown, layout, signal_store, challenger, forged)
    both = on_common_rows(grown, layout, signal_store, challenger, champion)
    assert both is not None and both[1].answers is not None
    assert case.same_rows
    assert case.champion is not None and case.champion.answers is not None
    np.testing.assert_array_equal(case.champion.answers.probabilities, both[1].answers.probabilities)


def test_where_it_cannot_be_asked_it_spares_nobody(grown: BankSpec, signal_store: History) -> None:
    challenger, champion = side(grown, 2), side(grown, 1)
    card = champion.card and champion.card.model_copy(update={"parts": ()})  # until when did it learn?
    forged = replace(champion, card=card, evidence={})
    case = promotion_case(grown, load_layout(grown), signal_store, challenger, forged)
    assert case.champion is not None
    assert (case.champion.answers, case.same_rows) == (None, False)
    (told,) = [one for one in quality.check(case) if "champion" in one.gate]
    assert not told.passed
    assert told.measured.startswith("not compared: answers.parquet of the champion's version 1 differ")


def test_customers_then_and_now(grown: BankSpec, signal_store: History) -> None:
    case = promotion_case(grown, load_layout(grown), signal_store, side(grown, 2), None)
    assert case.champion_newest is None
    assert case.earlier is not None and case.newest is not None
    assert case.newest.num_rows == 400
    days = [date.fromisoformat(day) for day in side(grown, 2).contract.train_snapshots]
    assert len(days) > 3
    assert case.earlier[SNAPSHOT_DATE].to_pylist() == [day for day in days for _ in range(400)]
    assert case.newest[CUSTOMER_ID].to_pylist() == list(range(400))


def test_trainings_snapshots_that_are_built_no_more_are_missed(
    grown: BankSpec, signal_store: History
) -> None:
    bank = of(grown, load_layout(grown).snapshots[-1])
    case = promotion_case(bank, load_layout(bank), signal_store, side(grown, 2), None)
    assert case.newest is not None
    assert (case.earlier, case.later) == (None, True)


def test_a_champion_of_another_label_window_is_asked_about_nothing(
    grown: BankSpec, signal_store: History
) -> None:
    challenger, champion = side(grown, 2), side(grown, 1)
    longer = replace(champion, contract=champion.contract.model_copy(update={"horizon_days": 90}))
    case = promotion_case(grown, load_layout(grown), signal_store, challenger, longer)
    assert (case.champion, case.rival, case.champion_newest) == (longer, None, None)
    assert case.challenger is challenger
    assert case.asked == Question(WindowSpec(horizon_days=30), "labels")


def test_who_has_left_is_not_looked_at(grown: BankSpec, signal_store: History) -> None:
    """Of the customers who hold nothing there are more at every snapshot."""

    class Holding:
        def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
            found = signal_store.historical(service_name, entities)
            days = np.array([day.month for day in entities[SNAPSHOT_DATE].to_pylist()])
            there = (entities[CUSTOMER_ID].to_numpy() >= 20 * days).astype(float)
            return found.append_column("holdings_count", pa.array(there))

    case = promotion_case(grown, load_layout(grown), Holding(), side(grown, 2), side(grown, 1))
    assert case.earlier is not None and case.newest is not None and case.champion_newest is not None
    assert case.newest[CUSTOMER_ID].to_pylist() == list(range(140, 400))
    assert case.champion_newest.num_rows == 260
    months = [day.month for day in case.earlier[SNAPSHOT_DATE].to_pylist()]
    assert {month: months.count(month) for month in set(months)} == {
        month: 400 - 20 * month for month in set(months)
    }


def test_where_no_snapshot_is_later_customers_of_training_are_asked_about(
    grown: BankSpec, signal_store: History
) -> None:
    challenger = side(grown, 2)
    days = tuple(date.fromisoformat(day) for day in challenger.contract.train_snapshots)
    layout = load_layout(grown).model_copy(update={"snapshots": days})
    case = promotion_case(grown, layout, signal_store, challenger, side(grown, 1))
    assert case.newest is not None and case.champion_newest is not None
    assert (case.later, case.newest.num_rows, case.champion_newest.num_rows) == (False, 400, 400)
