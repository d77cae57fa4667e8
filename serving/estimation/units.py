"""What was randomised: each customer once a group and holdout period, with all that came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from serving.estimation.intervals import Places
from serving.estimation.logged import (
    CONTROL,
    NOTHING,
    RETAIN,
    STAKE,
    TREATMENT,
    Flags,
    Numbers,
    Texts,
    codes,
    numbers,
    texts,
)

PeriodOf = Callable[[date], str]
"""The holdout period a day lies in, by name."""

_KEY: Final = ("customer", "group", "period")


@dataclass(frozen=True)
class Units:
    """Shape (units,) each: a customer's decisions of one group within one holdout period.

    `action` and `treated` are those of the first decision: what came later may be a consequence of the arm.
    `success`: the outcome wanted came about in any of them: the customer stayed (retain) or accepted
    (others). `reward` is the money of all of them together, the stake lost at most once.
    """

    customer: Places
    group: Texts
    action: Texts
    treated: Flags
    success: Flags
    reward: Numbers

    def where(self, which: Flags) -> "Units":
        """Those flagged."""
        return Units(
            self.customer[which],
            self.group[which],
            self.action[which],
            self.treated[which],
            self.success[which],
            self.reward[which],
        )

    def __len__(self) -> int:
        return len(self.customer)


def units_of(logged: pa.Table, period_of: PeriodOf) -> Units:
    """The units of a checked table, of the arms treatment and control; decisions for nothing are left out."""
    arms = pc.is_in(logged["arm"], pa.array([TREATMENT, CONTROL]))
    decided = logged.filter(pc.and_(arms, pc.not_equal(logged["action"], NOTHING)))
    grouped = (
        _with_money(decided, period_of)
        .sort_by([("decided_on", "ascending"), ("decision_id", "ascending")])
        .group_by(list(_KEY), use_threads=False)
        .aggregate(
            [
                ("action", "first"),
                ("arm", "first"),
                (STAKE, "first"),
                ("earned", "sum"),
                ("accepted", "any"),
                ("churned", "any"),
            ]
        )
    )
    group, churned = texts(grouped, "group"), numbers(grouped, "churned_any")
    return Units(
        customer=codes(grouped["customer"]),
        group=group,
        action=texts(grouped, "action_first"),
        treated=texts(grouped, "arm_first") == TREATMENT,
        success=np.where(group == RETAIN, churned, numbers(grouped, "accepted_any")) == (group != RETAIN),
        reward=numbers(grouped, "earned_sum") - churned * numbers(grouped, f"{STAKE}_first"),
    )


def _with_money(decided: pa.Table, period_of: PeriodOf) -> pa.Table:
    """With `period`, and `earned`: value accepted less cost; what is lost by leaving is counted by unit."""
    named = {day: period_of(day) for day in pc.unique(decided["decided_on"]).to_pylist()}
    periods = pa.array([named[day] for day in decided["decided_on"].to_pylist()], pa.string())
    accepted = numbers(decided, "accepted") * (texts(decided, "group") != RETAIN)
    spent = numbers(decided, "cost") * (texts(decided, "arm") != CONTROL)
    earned = pa.array(numbers(decided, "value") * accepted - spent)
    return decided.append_column("period", periods).append_column("earned", earned)
