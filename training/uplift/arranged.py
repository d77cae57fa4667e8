"""Contacts as trials: encoded, an action each, with the whole bank as a panel beside."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from features.bank import Bank
from features.layout import Layout
from features.progress import Progress
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.dataset import Dataset, History, arrange
from training.leaks import newest_snapshot
from training.split import Part, Split
from training.uplift.base import Panel
from training.uplift.contacts import Contacts, read_contacts
from training.uplift.trial import Rows, Trial


@dataclass(frozen=True)
class Trials:
    """A trial and a panel an action, all with the columns of `data`, which holds the rows of them all.

    `keys` are the (customer_id, snapshot_date) of each trial's rows. The heads of `data` are the outcomes of
    contacts and panel by action, and the panel's as other models label them; NaN where there is none.
    """

    data: Dataset
    keys: Mapping[str, pa.Table]
    trials: Mapping[str, Trial]
    panels: Mapping[str, Panel]

    def looks(self) -> Iterator[Rows]:
        """Where to look for leaks in `data`: each action's contacts, the panel, its newest snapshot."""
        first = sum(map(len, self.trials.values()))
        outcomes = dict(zip(self.data.heads, self.data.everything.labels[:first].T, strict=True))
        for action in self.trials:
            yield np.flatnonzero(~np.isnan(outcomes[action]))
        panel = np.arange(first, len(self.data.everything.labels))
        yield panel
        yield newest_snapshot(self.data, panel)


def read_trials(bank: Bank, layout: Layout, store: History, progress: Progress) -> Trials:
    """What `read_contacts` finds, arranged to learn from.

    Raises BadInputError when no contact can be used.
    """
    return arrange_trials(read_contacts(bank, layout, store, progress), bank.spec.training.seed)


def arrange_trials(found: Contacts, seed: int) -> Trials:
    """Every action's trial and panel; texts may take the values, and customers have the numbers, of these."""
    everything = np.full(len(found.rows.labels), Part.TRAIN, np.int8)
    data = arrange(found.rows, Split("customers", everything, ""), seed=seed)
    ids = pd.concat([found.contacts[CUSTOMER_ID], found.panel[CUSTOMER_ID]])
    customer, first = pd.factorize(ids)[0], len(found.contacts)
    actions = found.contacts["action"]
    places = {action: np.flatnonzero(actions == action) for action in sorted(actions.unique())}
    data = _with_outcomes(data, found, places)
    everyone = _everyone(found, data, customer[:first])
    trials = {action: everyone.take(rows) for action, rows in places.items()}
    panels = {
        action: _panel(data.everything.matrix[first:], found.panel[action], customer[first:], trial)
        for action, trial in trials.items()
    }
    keys = {action: data.everything.keys.take(rows) for action, rows in places.items()}
    return Trials(data, keys, trials, panels)


def _with_outcomes(data: Dataset, found: Contacts, places: Mapping[str, Rows]) -> Dataset:
    """The same, with what came of contacts (`places` by action) and of the panel as labels."""
    outcomes = found.panel.drop(columns=[CUSTOMER_ID, SNAPSHOT_DATE])
    labels = np.full((len(data.everything.labels), outcomes.shape[1]), np.nan)
    labels[len(found.contacts) :] = outcomes
    for action, rows in places.items():
        labels[rows, outcomes.columns.get_loc(action)] = found.contacts["outcome"].iloc[rows]
    return replace(data, heads=tuple(outcomes.columns), everything=replace(data.everything, labels=labels))


def _everyone(found: Contacts, data: Dataset, customer: Rows) -> Trial:
    """The contacts of all actions, as one trial."""
    categorical = tuple(place for place, column in enumerate(data.columns) if column.categories is not None)
    return Trial(
        data.everything.matrix[: len(customer)],
        found.contacts["treated"].to_numpy(bool),
        found.contacts["outcome"].to_numpy(float),
        found.contacts["probability"].to_numpy(float),
        customer,
        categorical,
        tuple(column.name for column in data.columns),
        found.groups,
    )


def _panel(matrix: np.ndarray, outcomes: pd.Series, customer: Rows, trial: Trial) -> Panel:
    outcome = outcomes.to_numpy(float)
    known = ~np.isnan(outcome)
    people = customer[known]
    return Panel(matrix[known], outcome[known], people, np.isin(people, trial.customer))
