"""Contacts walked forward: each test's are ranked by what had come true before the first of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.errors import GateError
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.slices import EXPECTED_LEAST
from training.uplift.checks import require_counts
from training.uplift.contacts import Contacts
from training.uplift.train import MINIMUM_OUTCOMES
from training.uplift.trial import Floats, Rows, Trial

_Joined = tuple[list[date], Rows]


@dataclass(frozen=True)
class ContactTest:
    """An action's contacts to be ranked: their places among those read; `name` tells of which snapshots."""

    name: str
    places: Rows


@dataclass(frozen=True)
class ContactFold:
    """Where a model is learned: `begins` is the day of the first contact, of any action, after a snapshot.

    `place` counts the snapshots before it; `tests` are the actions' whose first contacts these are.
    """

    place: int
    begins: date
    tests: Mapping[str, ContactTest]


def walk_contacts(
    found: Contacts, spec: BankSpec, most: int | None = None
) -> tuple[list[ContactFold], list[str]]:
    """The folds, ascending in time, with the newest `most` tests of each action; and why others have none.

    An action is tested from the first snapshot on by which it could be learned. Its contacts of several
    snapshots are joined where those of one leave an arm less than `EXPECTED_LEAST` outcomes of either kind.
    """
    snapshots = found.contacts[SNAPSHOT_DATE].dt.date
    begins = found.contacts["day"].dt.date.groupby(snapshots).min().to_dict()
    tests: dict[date, dict[str, ContactTest]] = {}
    notes = []
    for action in sorted(found.contacts["action"].unique()):
        try:
            joined = _joined(found, spec, action, begins)
        except GateError as error:
            notes.append(f"not judged: {error}")
            continue
        for days, places in joined[-most:] if most else joined:
            tests.setdefault(days[0], {})[action] = ContactTest(_named(days), places)
    firsts = [(place, day) for place, day in enumerate(sorted(begins)) if day in tests]
    return [ContactFold(place, begins[day], tests[day]) for place, day in firsts], notes


def as_trial(found: Contacts, places: Rows, matrix: Floats, customer: Rows) -> Trial:
    """Some of the contacts, with what is known of them, (rows, columns), and their customers, (rows,)."""
    rows = found.contacts.iloc[places]
    return Trial(
        matrix,
        rows["treated"].to_numpy(bool),
        rows["outcome"].to_numpy(float),
        rows["probability"].to_numpy(float),
        customer,
    )


def numbered(found: Contacts) -> Rows:
    """Each contact's customer as a number from 0, shape (contacts,)."""
    return np.asarray(pd.factorize(found.contacts[CUSTOMER_ID])[0], dtype=np.int64)


def _joined(found: Contacts, spec: BankSpec, action: str, begins: Mapping[date, date]) -> list[_Joined]:
    """An action's tests: the snapshots that each joins, and its places; those left at the end join the last.

    Raises GateError saying what is missing where there is none.
    """
    tests: list[_Joined] = []
    days: list[date] = []
    places, missing = np.empty(0, dtype=np.int64), ""
    for day, rows in _by_snapshot(found, action):
        if not (tests or days) and (missing := _unready(found, spec, action, begins[day])):
            continue
        days, places = [*days, day], np.concatenate([places, rows])
        missing = _lacks(found, action, places, EXPECTED_LEAST)
        if not missing:
            tests.append((days, places))
            days, places = [], places[:0]
    if not tests:
        raise GateError(missing)
    earlier, own = tests[-1]
    return [*tests[:-1], ([*earlier, *days], np.concatenate([own, places]))]


def _by_snapshot(found: Contacts, action: str) -> list[tuple[date, Rows]]:
    own = np.flatnonzero(found.contacts["action"] == action)
    snapshots = found.contacts[SNAPSHOT_DATE].iloc[own].dt.date.to_numpy()
    return [(day, own[snapshots == day]) for day in sorted(set(snapshots))]


def _unready(found: Contacts, spec: BankSpec, action: str, day: date) -> str:
    """Why an action could not be learned by a day; empty if it could."""
    known = found.ended(day, spec)
    own = known[(found.contacts["action"].iloc[known] == action).to_numpy()]
    missing = _lacks(found, action, own, MINIMUM_OUTCOMES)
    return missing and f"{missing}, of those known by {day}"


def _lacks(found: Contacts, action: str, places: Rows, outcomes: int) -> str:
    """Why these contacts cannot tell what treating does, as far as counting shows; empty if they can."""
    try:
        trial = as_trial(found, places, np.empty((len(places), 0)), places)
        require_counts(action, trial, outcomes)
    except GateError as error:
        return str(error)
    return ""


def _named(days: list[date]) -> str:
    return " to ".join(str(day) for day in dict.fromkeys((days[0], days[-1])))
