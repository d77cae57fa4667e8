"""Contacts meet the features of the snapshot before them and what came true from their day on."""

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.layout import Feature, Layout, ViewLayout
from features.progress import silent
from features.spec import read_spec
from features.tables import open_bank
from features.vocabulary import CUSTOMER_ID
from training.uplift.arranged import read_trials
from training.uplift.contacts import AFTER_GAP, randomised_contacts

SNAPSHOTS = (date(2024, 1, 1), date(2024, 2, 1))
LAYOUT = Layout(
    customer_id_type="int64",
    views=(
        ViewLayout(
            name="v", description="", for_models=True, features=(Feature(name="month", kind="number"),)
        ),
    ),
    sensitive=(),
    snapshots=SNAPSHOTS,
    fingerprint="f",
)


class FakeStore:
    """The month of the snapshot asked for."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("uplift-")
        months = [float(day.month) for day in entities["snapshot_date"].to_pylist()]
        return pa.table({CUSTOMER_ID: entities[CUSTOMER_ID], "month": months})


def noon(month: int, day: int) -> datetime:
    return datetime(2024, month, day, 12)  # noqa: DTZ001  # the tables hold naive UTC


CONTACTS = [
    # id, customer, at, action, arm, probability
    ("a", 1, noon(1, 10), "retain", "treatment", 0.5),
    ("b", 2, noon(2, 1), "retain", "control", 0.5),
    ("c", 3, noon(1, 20), "cross_sell:card", "treatment", 0.7),
    ("d", 1, noon(2, 5), "cross_sell:card", "control", 0.7),
    ("e", 2, noon(1, 5), "retain", "treatment", 1.0),  # not drawn by lot
    ("f", 2, noon(1, 5), "retain", None, 0.5),  # of no arm
    ("g", 3, datetime(2023, 12, 1), "retain", "control", 0.5),  # noqa: DTZ001  # before any snapshot
    ("h", 3, noon(2, 2), "service:review", "control", 0.5),  # what it is for has no label
    ("i", 3, noon(3, 25), "retain", "control", 0.5),  # its window ends after the data does
]


@pytest.fixture
def bank(write_bank: Any) -> Any:
    names = ("contact_id", CUSTOMER_ID, "at", "action", "arm", "assignment_probability")
    holdings = {
        CUSTOMER_ID: [1, 2, 3, 3],
        "product": ["loan", "loan", "loan", "card"],
        "opened_on": [date(2020, 1, 1), date(2020, 1, 1), date(2020, 1, 1), date(2024, 1, 25)],
        "closed_on": [date(2024, 2, 3), None, date(2024, 4, 1), None],
    }
    folder = write_bank(
        {
            "customers": pa.table({CUSTOMER_ID: [1, 2, 3], "joined_on": [date(2020, 1, 1)] * 3}),
            "holdings": pa.table(holdings),
            "contacts": pa.table(dict(zip(names, zip(*CONTACTS, strict=True), strict=True))),
        },
        snapshots={"dates": list(SNAPSHOTS)},
        churn={"rule": "closed_all"},
        window={"gap_days": 10, "horizon_days": 30},
        products={"card": {"name_en": "Card"}, "loan": {"name_en": "Loan"}},
    )
    return open_bank(read_spec(folder))


def test_only_what_was_drawn_by_lot_counts(bank: Any) -> None:
    found = randomised_contacts(bank, SNAPSHOTS)
    assert found[CUSTOMER_ID].tolist() == [1, 1, 2, 3, 3, 3]
    assert [str(day)[:10] for day in found["snapshot_date"]] == [
        "2024-01-01",
        "2024-02-01",
        "2024-02-01",
        "2024-01-01",
        "2024-02-01",
        "2024-02-01",
    ]


def test_each_action_is_a_trial_of_its_own(bank: Any) -> None:
    found = read_trials(bank, LAYOUT, FakeStore(), silent)
    assert set(found.trials) == {"retain", "cross_sell:card"}
    retain, card = found.trials["retain"], found.trials["cross_sell:card"]
    # Customer 1 closes everything within 30 days of the contact, in the gap of a snapshot's own label.
    assert retain.outcome.tolist() == [0.0, 1.0]
    assert retain.treated.tolist() == [True, False]
    assert retain.matrix[:, 0].tolist() == [1.0, 2.0]
    assert card.outcome.tolist() == [0.0, 1.0]
    assert card.treated.tolist() == [False, True]
    assert card.probability.tolist() == [0.7, 0.7]
    assert found.keys["retain"][CUSTOMER_ID].to_pylist() == [1, 2]
    assert retain.customer[0] == card.customer[0]  # customer 1 in both


def test_the_panel_is_everyone_at_the_snapshots(bank: Any) -> None:
    found = read_trials(bank, LAYOUT, FakeStore(), silent)
    panel = found.panels["retain"]
    assert len(panel.outcome) == 6
    assert panel.outcome.sum() == 5  # customer 1 leaves after the second snapshot
    in_trial = set(panel.customer[panel.in_trial])
    assert in_trial == set(found.trials["retain"].customer)
    held_back = panel.without_held_back(found.trials["retain"].take(np.array([0])))
    assert set(found.trials["retain"].customer[1:]) & set(held_back.customer) == set()


def test_the_panel_is_labelled_as_other_models_are_too(bank: Any) -> None:
    """Customer 1 closes everything in the gap after the second snapshot and has no label there."""
    data = read_trials(bank, LAYOUT, FakeStore(), silent).data
    seamless, skipping = (data.heads.index(head) for head in ("retain", "retain" + AFTER_GAP))
    keys = data.everything.keys.to_pylist()
    [place] = [
        place
        for place, key in enumerate(keys)
        if (key[CUSTOMER_ID], key["snapshot_date"]) == (1, SNAPSHOTS[1]) and place >= 4
    ]
    assert data.everything.labels[place, seamless] == 0.0
    assert np.isnan(data.everything.labels[place, skipping])
    assert np.nansum(data.everything.labels[:, skipping] == 1.0) == 4


def test_a_bank_without_trials_is_told_what_one_needs(bank: Any) -> None:
    early = LAYOUT.model_copy(update={"snapshots": (date(2025, 1, 1),)})
    with pytest.raises(BadInputError, match="no randomised contact can be used for uplift"):
        read_trials(bank, early, FakeStore(), silent)
