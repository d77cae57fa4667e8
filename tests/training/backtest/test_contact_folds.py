"""A fold's contacts are ranked by what had come true before them; what cannot be judged is said."""

from datetime import date, timedelta

import numpy as np
import pytest

from features.spec import BankSpec
from features.vocabulary import SNAPSHOT_DATE
from training.backtest.contact_folds import numbered, walk_contacts
from training.uplift.contacts import Contacts


def test_months_give_a_test_as_soon_as_a_window_has_ended(make_contacts, horizon: BankSpec) -> None:
    """January's contacts, of the 4th, are known on February 3rd; February's first is on the 4th."""
    found = make_contacts()
    folds, notes = walk_contacts(found, horizon)
    assert [fold.tests["retain"].name for fold in folds] == [f"2024-0{month}-01" for month in range(2, 7)]
    assert [fold.begins for fold in folds] == [date(2024, month, 4) for month in range(2, 7)]
    assert [fold.place for fold in folds] == [1, 2, 3, 4, 5]
    assert notes == []
    for fold in folds:
        rows = found.contacts.iloc[fold.tests["retain"].places]
        assert set(rows["day"].dt.date) == {fold.begins}
    newest = walk_contacts(found, horizon, 2)[0]
    assert [fold.tests["retain"].name for fold in newest] == ["2024-05-01", "2024-06-01"]


@pytest.mark.parametrize("days", [30, 45, 61])
def test_no_window_reaches_into_the_test(make_contacts, horizon: BankSpec, days: int) -> None:
    window = horizon.window.model_copy(update={"horizon_days": days})
    spec = horizon.model_copy(update={"window": window})
    found = make_contacts(actions=("retain", "cross_sell:card"))
    folds, _ = walk_contacts(found, spec)
    assert folds
    for fold in folds:
        known = found.known_by(fold.begins, spec)
        ends = known.contacts["day"].dt.date + timedelta(days=days)
        assert max(ends) <= fold.begins
        for test in fold.tests.values():
            assert found.contacts["day"].dt.date.iloc[test.places].min() >= fold.begins
        snapshots = known.panel[SNAPSHOT_DATE].dt.date + timedelta(days=days)
        assert max(snapshots) <= fold.begins
        assert len(known.rows.labels) == len(known.contacts) + len(known.panel)


def rare(found: Contacts, action: str, *months: int, every: int) -> None:
    """In these months the outcome comes to one customer in so many."""
    rows = (found.contacts["action"] == action) & found.contacts["day"].dt.month.isin(months)
    found.contacts.loc[rows, "outcome"] = (np.arange(rows.sum()) % every == 0).astype(float)


def test_snapshots_with_few_outcomes_are_joined_and_the_last_ones_join_the_last_test(
    make_contacts, horizon: BankSpec
) -> None:
    """Of 600 contacts a month eight have the outcome: five in each arm take more than a month."""
    found = make_contacts()
    rare(found, "retain", 3, 4, 5, 6, every=75)
    folds, _ = walk_contacts(found, horizon)
    names = [fold.tests["retain"].name for fold in folds]
    assert names[0] == "2024-02-01"
    assert names[-1].endswith("to 2024-06-01")
    assert len(names) < 5
    places = np.concatenate([fold.tests["retain"].places for fold in folds])
    assert sorted(places) == np.flatnonzero(found.contacts["day"] >= "2024-02-01").tolist()


def test_an_action_is_tested_from_when_it_could_be_learned(make_contacts, horizon: BankSpec) -> None:
    """Of January's contacts hardly any has the outcome; February's are known on March 5th, a day too late."""
    found = make_contacts()
    rare(found, "retain", 1, every=1000)
    folds, _ = walk_contacts(found, horizon)
    assert folds[0].tests["retain"].name == "2024-04-01"


def test_what_cannot_be_judged_is_said_by_action(make_contacts, horizon: BankSpec) -> None:
    found = make_contacts(actions=("retain", "cross_sell:card"))
    rare(found, "cross_sell:card", 2, 4, 6, every=1000)
    folds, [note] = walk_contacts(found, horizon)
    assert all(list(fold.tests) == ["retain"] for fold in folds)
    assert note.startswith("not judged: cross_sell:card: the treatment arm is too small: ")
    assert note.endswith(", of those known by 2024-06-04")


def test_arms_beyond_the_lottery_are_not_judged(make_contacts, horizon: BankSpec) -> None:
    found = make_contacts(months=3)
    found.contacts["probability"] = 0.7
    folds, [note] = walk_contacts(found, horizon)
    assert folds == []
    assert "recorded assignment probabilities expect" in note


def test_customers_are_numbered_over_all_contacts(make_contacts) -> None:
    found = make_contacts()
    assert len(set(numbered(found))) == found.contacts["customer_id"].nunique()
