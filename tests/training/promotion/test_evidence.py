"""Both sides are held to the same rows, also where each was tested on its own."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features.fingerprint import fingerprint_data, fingerprint_sources
from features.layout import load_layout, save_layout
from features.spec import BankSpec
from features.tracking import registered_name
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry
from training.dataset import History
from training.pipeline import train
from training.promotion.evidence import on_common_rows, promotion_case
from training.promotion.gates.case import Side
from training.promotion.gates.side import read_side
from training.promotion.promote import promote
from training.slices import slices


def until(bank: BankSpec, last: date) -> BankSpec:
    """The bank as it was when `last` was its newest snapshot."""
    days = tuple(day for day in bank.snapshots.all() if day <= last)
    then = bank.model_copy(update={"snapshots": bank.snapshots.model_copy(update={"dates": days})})
    sources = fingerprint_sources(then, fingerprint_data(then))
    layout = load_layout(bank).model_copy(update={"snapshots": days, "sources": sources})
    save_layout(bank.state, layout)
    return then


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


def test_a_model_that_learned_from_every_row_has_none_to_be_compared_on(
    grown: BankSpec, signal_store: History
) -> None:
    challenger, champion = side(grown, 2), side(grown, 1)
    assert champion.card
    refitted = champion.card.model_copy(update={"refitted": True})
    knows = Side(1, champion.contract, champion.heads, refitted, champion.digest, champion.answers)
    layout = load_layout(grown)
    assert on_common_rows(grown, layout, signal_store, challenger, knows) is None
    case = promotion_case(grown, layout, signal_store, challenger, knows)
    assert (case.same_rows, case.champion) == (False, knows)


def test_customers_then_and_now(grown: BankSpec, signal_store: History) -> None:
    case = promotion_case(grown, load_layout(grown), signal_store, side(grown, 2), None)
    assert case.champion_newest is None
    assert case.earlier is not None and case.newest is not None
    assert case.newest.num_rows == 400
    days = [date.fromisoformat(day) for day in side(grown, 2).contract.train_snapshots]
    assert len(days) > 3
    assert case.earlier[SNAPSHOT_DATE].to_pylist() == [day for day in days for _ in range(400)]
    assert case.newest[CUSTOMER_ID].to_pylist() == list(range(400))


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
