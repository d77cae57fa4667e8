"""A bank's contacts by lot: who got which, what came of it, the bank beside, and the features of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from features.bank import Bank
from features.errors import BadInputError
from features.layout import Layout
from features.point_in_time import in_hindsight
from features.progress import Progress
from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model, Table
from training.dataset import History, Rows, read_rows
from training.groups import read_groups
from training.labels.labelled import churn_labels, product_labels
from training.labels.people import LABEL
from training.sample import uniform_sample
from training.slices import SNAPSHOT
from training.uplift.shared_control import with_shared_controls
from training.uplift.trial import Rows as Places
from training.uplift.trial import Texts

RETAIN: Final = "retain"
CROSS_SELL: Final = "cross_sell:"
AFTER_GAP: Final = " after the gap"
CONTACT_ROWS_MOST, PANEL_ROWS_MOST = 100_000, 60_000
"""Together no more than training reads without sampling by outcome."""
SNAPSHOT_AGE_DAYS_MOST: Final = 92
"""Features older than a quarter are not what was known of a customer."""


@dataclass(frozen=True)
class Contacts:
    """Contacts whose outcome is known and customers at snapshots, contacted or not, with their features.

    `contacts` has customer_id, action, treated, probability, day, snapshot_date and outcome, by action,
    customer and day; `panel` customer_id, snapshot_date and each action's outcome, NaN unknown, and where the
    bank's labels skip days those outcomes too, named `AFTER_GAP`. `rows` are the features of the contacts and
    then of the panel; `groups` tell each contact's, (contacts,) each.
    """

    contacts: pd.DataFrame
    panel: pd.DataFrame
    rows: Rows
    groups: Mapping[str, Texts]

    def take(self, contacts: Places, panel: Places) -> "Contacts":
        """Some contacts and some of the panel, copied."""
        return Contacts(
            self.contacts.iloc[contacts].reset_index(drop=True),
            self.panel.iloc[panel].reset_index(drop=True),
            self.rows.take(np.concatenate([contacts, len(self.contacts) + panel])),
            {name: values[contacts] for name, values in self.groups.items()},
        )

    def sampled(self, seed: int) -> "Contacts":
        """All contacts, and no more of the panel than training takes."""
        every = np.arange(len(self.contacts))
        return self.take(every, uniform_sample(np.arange(len(self.panel)), PANEL_ROWS_MOST, seed))

    def known_by(self, day: date, spec: BankSpec) -> "Contacts":
        """What had come true by a day, 00:00: contacts and panel whose outcome windows had ended.

        Of the panel no more than training takes, by customer and snapshot, whatever else was read.
        """
        contacts, today = self.ended(day, spec), pd.Timestamp(day)
        actions = sorted(self.contacts["action"].iloc[contacts].unique())
        ends = {action: self.panel[SNAPSHOT_DATE] + _delay(action, spec) for action in actions}
        told = {action: self.panel[action].where(end <= today) for action, end in ends.items()}
        panel = self.panel.assign(**told).sort_values([CUSTOMER_ID, SNAPSHOT_DATE], kind="stable")
        known = panel.index[panel[actions].notna().any(axis=1)].to_numpy()
        some = known[uniform_sample(np.arange(len(known)), PANEL_ROWS_MOST, spec.training.seed)]
        return replace(self, panel=panel.sort_index()).take(contacts, some)

    def ended(self, day: date, spec: BankSpec) -> Places:
        """The places of contacts whose outcome window had ended by a day, 00:00."""
        actions = self.contacts["action"]
        delay = actions.map({action: _delay(action, spec) for action in actions.unique()})
        return np.flatnonzero(self.contacts["day"] + delay <= pd.Timestamp(day))


def _delay(action: str, spec: BankSpec) -> pd.Timedelta:
    """From a contact's or snapshot's day to the end of its outcome window; labels given keep their gap."""
    given = action == RETAIN and spec.churn is not None and spec.churn.rule == "labels"
    return pd.Timedelta(days=spec.window.horizon_days + (spec.window.gap_days if given else 0))


def read_contacts(
    bank: Bank, layout: Layout, store: History, progress: Progress, panel_rows_most: int = PANEL_ROWS_MOST
) -> Contacts:
    """Every action with randomised contacts; an outcome of 1.0 is what the bank wants.

    Retaining: not having left; selling: having opened the product; within `horizon_days` from the day of the
    contact on. No gap: a label that skips days would leave out customers for what the contact did to them.
    (Labels that the bank gives itself are those of the snapshot.) Features are those of the last snapshot up
    to that day, a quarter old at most. Contacts without an arm, not drawn by lot, or whose window does not
    end within the data are left out.

    Raises BadInputError when no contact can be used, or a draw with a shared control does not add up.
    """
    spec, window = bank.spec, WindowSpec(gap_days=0, horizon_days=bank.spec.window.horizon_days)
    seamless = replace(bank, spec=spec.model_copy(update={"window": window}))
    drawn = randomised_contacts(bank, layout.snapshots)
    contacts = _sampled(_labelled(seamless, drawn), CONTACT_ROWS_MOST, spec.training.seed)
    if contacts.empty:
        raise BadInputError(
            f"{spec.name}: no randomised contact can be used for uplift: it needs an arm, an "
            "assignment_probability between 0 and 1, features built at most a quarter before it, and a label "
            f"window of {window.horizon_days} days that ends within the data"
        )
    actions = sorted(contacts.action.unique())
    panel = _sampled(_outcomes(seamless, actions, layout.snapshots), panel_rows_most, spec.training.seed)
    if bank.spec.window.gap_days:
        panel = panel.merge(_after_gap(bank, actions, layout.snapshots), "left", [CUSTOMER_ID, SNAPSHOT_DATE])
    keys = _keys(pd.concat([contacts, panel])[[CUSTOMER_ID, SNAPSHOT_DATE]], layout)
    unlabelled = keys.append_column(LABEL, pa.array(np.zeros(len(keys))))
    service, features = layout.service_name(Model.UPLIFT), layout.model_features()
    rows = read_rows(store, service, features, unlabelled, progress)
    snapshots = contacts[SNAPSHOT_DATE].dt.strftime("%Y-%m-%d").to_numpy(object)
    groups = read_groups(store, layout, keys.slice(0, len(contacts)))
    return Contacts(contacts, panel, rows, {SNAPSHOT: snapshots, **groups})


def randomised_contacts(bank: Bank, snapshots: Sequence[date]) -> pd.DataFrame:
    """Contacts drawn by lot: customer_id, action, treated, probability, day, snapshot_date before it.

    A control that several actions share comes once for each; `probability` is that of treatment, given that
    it was this action or control.

    Raises BadInputError where a draw with a shared control does not add up.
    """
    table = in_hindsight(bank, Table.CONTACTS)
    drawn = table.filter(
        (table.assignment_probability > 0) & (table.assignment_probability < 1), table.arm.notnull()
    )
    rows = drawn.select(
        CUSTOMER_ID,
        action=drawn["action"].nullif(""),
        treated=drawn.arm == "treatment",
        probability=drawn.assignment_probability,
        day=drawn["at"].date(),
    )
    frame = rows.order_by(CUSTOMER_ID, "day", "action").to_pyarrow().to_pandas(date_as_object=False)
    frame["day"] = frame["day"].astype("datetime64[s]")
    built = np.array(sorted(snapshots), dtype="datetime64[s]")
    place = np.searchsorted(built, frame["day"].to_numpy(), side="right") - 1
    frame[SNAPSHOT_DATE] = built[np.maximum(place, 0)]
    age = (frame["day"] - frame[SNAPSHOT_DATE]).dt.days
    recent: pd.DataFrame = frame[(place >= 0) & (age <= SNAPSHOT_AGE_DAYS_MOST)]
    return with_shared_controls(recent)


def _labelled(bank: Bank, contacts: pd.DataFrame) -> pd.DataFrame:
    """Contacts whose outcome is known, with it, by action and customer."""
    churn, products = bank.spec.churn, {CROSS_SELL + product for product in bank.spec.products}
    retain = contacts[(contacts["action"] == RETAIN) & (churn is not None)]
    if churn and churn.rule == "labels":
        retain = retain.assign(day=retain[SNAPSHOT_DATE])
    both = (retain, contacts[contacts["action"].isin(products)])
    known = [_with_outcome(bank, rows) for rows in both if len(rows)]
    if not known:
        return contacts.iloc[:0].assign(outcome=0.0)
    return pd.concat(known).sort_values(["action", CUSTOMER_ID, "day"], kind="stable")


def _with_outcome(bank: Bank, contacts: pd.DataFrame) -> pd.DataFrame:
    days = contacts["day"].dt.date.unique().tolist()
    found = _outcomes(bank, contacts["action"].unique().tolist(), days).rename(columns={SNAPSHOT_DATE: "day"})
    key = [CUSTOMER_ID, "day"]
    asked = found.merge(contacts[key].drop_duplicates(), on=key)
    told = asked.melt(key, var_name="action", value_name="outcome").dropna(subset=["outcome"])
    with_outcome: pd.DataFrame = contacts.merge(told, on=[*key, "action"])
    return with_outcome


def _outcomes(bank: Bank, actions: Sequence[str], days: Sequence[date]) -> pd.DataFrame:
    """customer_id, snapshot_date and a column an action: its outcome as of every one of `days`."""
    found = []
    if RETAIN in actions:
        labels = churn_labels(bank, days).rename_columns([CUSTOMER_ID, SNAPSHOT_DATE, RETAIN])
        found.append(labels.to_pandas(date_as_object=False).assign(**{RETAIN: lambda rows: 1 - rows[RETAIN]}))
    products = [action.removeprefix(CROSS_SELL) for action in actions if action.startswith(CROSS_SELL)]
    if products:
        labels = product_labels(bank, days).select([CUSTOMER_ID, SNAPSHOT_DATE, *products])
        named = {product: CROSS_SELL + product for product in products}
        found.append(labels.to_pandas(date_as_object=False).rename(columns=named))
    first = (
        found[0] if len(found) == 1 else found[0].merge(found[1], "outer", on=[CUSTOMER_ID, SNAPSHOT_DATE])
    )
    both: pd.DataFrame = first.assign(**{SNAPSHOT_DATE: first[SNAPSHOT_DATE].astype("datetime64[s]")})
    return both


def _after_gap(bank: Bank, actions: Sequence[str], days: Sequence[date]) -> pd.DataFrame:
    """The same as the bank's other models are told it, if such a window ends within the data."""
    try:
        found = _outcomes(bank, actions, days)
    except BadInputError:
        found = pd.DataFrame({CUSTOMER_ID: [], SNAPSHOT_DATE: []})
    return found.rename(columns={action: action + AFTER_GAP for action in actions})


def _sampled(rows: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    return rows.iloc[uniform_sample(np.arange(len(rows)), most, seed)].reset_index(drop=True)


def _keys(keys: pd.DataFrame, layout: Layout) -> pa.Table:
    """As the feature store is asked."""
    ids = pa.array(keys[CUSTOMER_ID], pa.int64() if layout.customer_id_type == "int64" else pa.string())
    days = pa.array(keys[SNAPSHOT_DATE].dt.date, pa.date32())
    return pa.table({CUSTOMER_ID: ids, SNAPSHOT_DATE: days})
