"""The contact history read back: how many contacts a customer had, and how long ago the last was."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.contact_entries import ENTRY_END, FEATURE, FIELD_END
from serving.decision.customers import Customers, Numbers
from serving.decision.stage import Mask

NEVER = np.inf


@dataclass(frozen=True)
class History:
    """Contacts, shape (contacts,) each: whose (the customer's row), when, when refused, what, where.

    Days are before the snapshot, NaN where not refused; `actions` and `channels` are texts.
    """

    customers: int
    whose: NDArray[np.int64]
    made: Numbers
    refused: Numbers
    actions: pa.Array
    channels: pa.Array

    def of(self, scope: str, channel: str | None = None) -> Mask:
        """Which contacts are of a scope ("all", a group or an action's id) and, if named, of a channel."""
        found = np.ones(len(self.whose), dtype=np.bool_)
        if scope != "all":
            its = pc.or_(pc.equal(self.actions, scope), pc.starts_with(self.actions, f"{scope}:"))
            found &= _plain(its)
        if channel is not None:
            found &= _plain(pc.equal(self.channels, channel))
        return found

    def count(self, which: Mask, days: int) -> NDArray[np.int64]:
        """How many of some contacts were made within `days`, shape (customers,)."""
        return np.bincount(self.whose[which & (self.made <= days)], minlength=self.customers)

    def days_since(self, which: Mask) -> Numbers:
        """Days since the last of some contacts, shape (customers,); infinite for none."""
        return self._least(which, self.made)

    def rests(self, which: Mask, refusals: int, within_days: int, for_days: int) -> Mask:
        """Who refused so often and so lately: see `SuppressionSpec`; shape (customers,)."""
        which = which & ~np.isnan(self.refused)
        newest = self._least(which, self.refused)
        together = which & (self.refused < newest[self.whose] + within_days)
        count = np.bincount(self.whose[together], minlength=self.customers)
        return np.asarray((count >= refusals) & (newest < for_days))

    def _least(self, which: Mask, days: Numbers) -> Numbers:
        least = np.full(self.customers, NEVER)
        np.minimum.at(least, self.whose[which], days[which])
        return least


def read_history(customers: Customers) -> History:
    """The contacts that the customers' `contact_history` tells; none where it is absent or null."""
    entries = pc.split_pattern(pc.fill_null(customers.text(FEATURE), ""), ENTRY_END)
    told = pc.list_flatten(entries)
    there = pc.not_equal(told, "")
    whose = pc.list_parent_indices(entries).filter(there)
    fields = pc.split_pattern(told.filter(there), FIELD_END)
    made, refused, actions, channels = (pc.list_element(fields, place) for place in range(4))
    days = pc.if_else(pc.equal(refused, ""), pa.scalar(None, pa.string()), refused)
    return History(
        customers=len(customers),
        whose=whose.to_numpy(zero_copy_only=False).astype(np.int64),
        made=_numbers(made),
        refused=_numbers(days),
        actions=actions,
        channels=channels,
    )


def _numbers(days: pa.Array) -> Numbers:
    return np.asarray(days.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _plain(found: Any) -> Mask:
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
