"""Whether bank.toml's snapshots go on until today: who watches a list that has ended watches the past."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from features.spec import BankSpec
from training.monitor.tables import MONTH_DAYS, silent_most


@dataclass(frozen=True)
class Ended:
    """A list of snapshots whose `last` lies so many days ago, of at most `days_most` usually."""

    last: date
    days: int
    days_most: float


def due(spec: BankSpec, newest: date, today: date) -> list[date]:
    """The snapshots of bank.toml after the newest that is built: a future one is no fault yet."""
    return [day for day in spec.snapshots.all() if newest < day <= today]


def ended(spec: BankSpec, today: date) -> Ended | None:
    """The list, where it ended long ago for its snapshots' usual distance, a month of a single one."""
    listed = spec.snapshots.all()
    apart = np.diff([day.toordinal() for day in listed])
    most = silent_most(spec, float(np.median(apart)) if len(apart) else MONTH_DAYS)
    days = (today - listed[-1]).days
    return Ended(listed[-1], days, most) if days > most else None
