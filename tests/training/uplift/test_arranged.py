"""Contacts become a trial and a panel an action, encoded by their own texts and numbered by themselves."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.dataset import CATEGORY_CUSTOMERS_LEAST, Rows
from training.uplift.arranged import arrange_trials
from training.uplift.contacts import Contacts

DAY = pd.Timestamp("2024-01-01")
MANY = CATEGORY_CUSTOMERS_LEAST


@pytest.fixture
def contacts() -> Contacts:
    """Three contacts of two actions, and a panel of many customers, of whom one's card is not known of."""
    frame = pd.DataFrame(
        {
            CUSTOMER_ID: [7, 9, 7],
            "action": ["cross_sell:card", "cross_sell:card", "retain"],
            "treated": [True, False, True],
            "probability": [0.7, 0.7, 0.5],
            "day": [DAY + pd.Timedelta(days=days) for days in (0, 20, 31)],
            SNAPSHOT_DATE: DAY,
            "outcome": [1.0, 0.0, 1.0],
        }
    )
    panel = pd.DataFrame({CUSTOMER_ID: np.arange(7, 7 + MANY), SNAPSHOT_DATE: DAY})
    panel = panel.assign(retain=1.0, **{"cross_sell:card": 0.0})
    panel.loc[1, "cross_sell:card"] = np.nan
    ids = pd.concat([frame[CUSTOMER_ID], panel[CUSTOMER_ID]]).to_numpy()
    keys = pa.table({CUSTOMER_ID: ids, SNAPSHOT_DATE: pa.array([date(2024, 1, 1)] * len(ids))})
    matrix = np.column_stack([ids.astype(float), np.full(len(ids), np.nan)])
    texts = pa.table({"word": ["rare", "often", "often", *["often"] * MANY]})
    features = (("number", "number"), ("word", "text"))
    rows = Rows(features, ("label",), keys, matrix, texts, np.zeros((len(ids), 1)))
    return Contacts(frame, panel, rows, {"tier": np.array(["a", "b", "c"], dtype=object)})


def test_each_action_has_its_trial_and_panel(contacts: Contacts) -> None:
    found = arrange_trials(contacts, seed=0)
    card, retain = found.trials["cross_sell:card"], found.trials["retain"]
    assert (card.treated.tolist(), card.outcome.tolist()) == ([True, False], [1.0, 0.0])
    assert card.probability.tolist() == [0.7, 0.7]
    assert card.groups["tier"].tolist() == ["a", "b"]
    assert card.customer[0] == retain.customer[0] != card.customer[1]
    assert found.keys["retain"][CUSTOMER_ID].to_pylist() == [7]
    panel = found.panels["cross_sell:card"]
    assert len(panel.outcome) == MANY - 1
    assert panel.in_trial.sum() == 2  # customers 7 and 9
    assert found.panels["retain"].in_trial.sum() == 1


def test_texts_too_rare_among_these_are_unknown(contacts: Contacts) -> None:
    found = arrange_trials(contacts, seed=0)
    trial = found.trials["cross_sell:card"]
    assert (trial.names, trial.categorical) == (("number", "word"), (1,))
    assert np.isnan(trial.matrix[0, 1])
    assert trial.matrix[1, 1] == 0.0


@pytest.mark.parametrize(("rule", "ended"), [("closed_all", [0]), ("labels", [])])
def test_an_outcome_is_known_when_its_window_ends_and_given_labels_after_their_gap(
    contacts: Contacts, spec: BankSpec, rule: str, ended: list[int]
) -> None:
    """Retaining is asked of the day of contact; a label that the bank gives is that of its own window."""
    tables = {"customers": {"path": "c.csv"}, "labels": {"path": "l.csv"}}
    given = {"window": {"gap_days": 10, "horizon_days": 30}, "churn": {"rule": rule}, "tables": tables}
    bank = BankSpec(folder=spec.folder, name="Bank", snapshots={"dates": (date(2024, 1, 1),)}, **given)
    stays = contacts.take(np.array([2]), np.arange(0))
    assert stays.ended(date(2024, 3, 2), bank).tolist() == ended  # 31 + 30 days after January 1st
    assert contacts.ended(date(2024, 1, 31), bank).tolist() == [0]  # sold on the first day
    known = contacts.known_by(date(2024, 1, 31), bank)
    assert (len(known.contacts), len(known.panel)) == (1, MANY - 1)
