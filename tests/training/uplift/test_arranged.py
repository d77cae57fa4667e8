"""Contacts become a trial and a panel an action, encoded by their own texts and numbered by themselves."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import GateError
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.dataset import CATEGORY_CUSTOMERS_LEAST, Rows
from training.leaks import refuse_leaks
from training.uplift.arranged import arrange_trials
from training.uplift.contacts import AFTER_GAP, Contacts

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


def test_its_rows_tell_what_came_of_them_and_where_to_look_for_leaks(contacts: Contacts) -> None:
    found = arrange_trials(contacts, seed=0)
    retain, card = found.data.everything.labels.T
    assert found.data.heads == ("retain", "cross_sell:card")
    np.testing.assert_array_equal(retain, [np.nan, np.nan, 1.0, *[1.0] * MANY])
    np.testing.assert_array_equal(card, [1.0, 0.0, np.nan, 0.0, np.nan, *[0.0] * (MANY - 2)])
    panel = list(range(3, 3 + MANY))
    assert [look.tolist() for look in found.looks()] == [[0, 1], [2], panel, panel]


PEOPLE = 600
RANDOM = np.random.default_rng(0)
SNAPSHOTS = pd.to_datetime(["2024-01-01", "2024-02-01"])
PANEL_DAY = np.repeat([0, 1], PEOPLE)
OUTCOMES = {
    "contacts": RANDOM.random(PEOPLE) < 0.2,
    **{
        name: RANDOM.random(2 * PEOPLE) < 0.2
        for name in ("retain", "cross_sell:card", "cross_sell:card" + AFTER_GAP)
    },
}
OUTCOMES["newest"] = np.where(PANEL_DAY == 1, OUTCOMES["cross_sell:card"], 0)


def knowing(outcome: str) -> Contacts:
    """Cards are sold to all; chance decides who opens and who stays; a column copies `outcome`."""
    frame = pd.DataFrame(
        {
            CUSTOMER_ID: np.arange(PEOPLE),
            "action": "cross_sell:card",
            "treated": np.arange(PEOPLE) % 2 == 0,
            "probability": 0.5,
            "day": SNAPSHOTS[1],
            SNAPSHOT_DATE: SNAPSHOTS[1],
            "outcome": OUTCOMES["contacts"].astype(float),
        }
    )
    panel = pd.DataFrame({CUSTOMER_ID: np.tile(np.arange(PEOPLE), 2), SNAPSHOT_DATE: SNAPSHOTS[PANEL_DAY]})
    told = [name for name in OUTCOMES if name not in ("contacts", "newest")]
    panel = panel.assign(**{name: OUTCOMES[name].astype(float) for name in told})
    keys = pd.concat([frame, panel])[[CUSTOMER_ID, SNAPSHOT_DATE]]
    copied = np.zeros(3 * PEOPLE)
    if outcome in OUTCOMES:
        copied[slice(PEOPLE) if outcome == "contacts" else slice(PEOPLE, None)] = OUTCOMES[outcome]
    days = pa.array(keys[SNAPSHOT_DATE].dt.date, pa.date32())
    rows = Rows(
        (("honest", "number"), ("asked", "number")),
        ("label",),
        pa.table({CUSTOMER_ID: keys[CUSTOMER_ID].to_numpy(), SNAPSHOT_DATE: days}),
        np.column_stack([RANDOM.normal(size=len(keys)), copied]),
        pa.table({"none": [None] * len(keys)}).select([]),
        np.zeros((len(keys), 1)),
    )
    return Contacts(frame, panel, rows, {})


@pytest.mark.parametrize(
    ("copied", "told"),
    [
        ("contacts", "cross_sell:card with ROC-AUC 1.0000 at 2024-02-01"),
        ("cross_sell:card", "cross_sell:card with ROC-AUC 1.0000 from 2024-01-01 to 2024-02-01"),
        ("newest", "cross_sell:card with ROC-AUC 1.0000 at 2024-02-01"),
        (
            "cross_sell:card" + AFTER_GAP,
            "cross_sell:card after the gap with ROC-AUC 1.0000 from 2024-01-01 to 2024-02-01",
        ),
    ],
)
def test_copies_of_outcomes_are_named_with_their_action(copied: str, told: str) -> None:
    found = arrange_trials(knowing(copied), seed=0)
    nothing = pa.table({CUSTOMER_ID: np.arange(PEOPLE)})
    with pytest.raises(GateError) as refused:
        refuse_leaks(found.data, nothing, (), found.looks())
    assert str(refused.value).split("\n")[1:] == [f"  asked tells {told}"]
    refuse_leaks(found.data, nothing, ("asked",), found.looks())
    honest = arrange_trials(knowing("nothing"), seed=0)
    refuse_leaks(honest.data, nothing, (), honest.looks())
