"""Last stage: the permanent control group, by a keyed hash that stays the same throughout a period."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Numbers
from serving.decision.keyed import customer_hashes, uniform
from serving.decision.stage import Mask
from serving.decision.trial_spec import HoldoutSpec
from serving.decision.vocabulary import Period


@dataclass(frozen=True)
class Holdout:
    """Shape (draws, customers) each: the numbers drawn for each customer, and which fall within the share.

    One draw for all groups held back, or, where the policy draws `per_group`, one for each in their order.
    """

    draws: Numbers
    held: Mask

    @property
    def held_out(self) -> Mask:
        """Who is held out of at least one group, shape (customers,)."""
        return np.asarray(self.held.any(axis=0))


def draw_holdout(spec: HoldoutSpec, ids: pa.Array, today: date, bank: str = "") -> Holdout:
    """Who is held out on `today`: the same customers for the whole period, others in the next.

    `bank` keeps the draws of two banks apart, even where both number their customers from 1.
    """
    key = ("holdout", bank, spec.salt, period(spec.period, today))
    if spec.per_group:
        draws = [uniform(customer_hashes(ids, *key, group)) for group in spec.groups]
        drawn = np.array(draws).reshape(len(draws), len(ids))
    else:
        drawn = uniform(customer_hashes(ids, *key))[np.newaxis]
    return Holdout(drawn, drawn < spec.share)


def period(kind: Period, today: date) -> str:
    """The period `today` lies in, by name: "2024-05-31", "2024-05", "2024-Q2", "2024" or "forever"."""
    match kind:
        case "day":
            return today.isoformat()
        case "month":
            return f"{today:%Y-%m}"
        case "quarter":
            return f"{today.year}-Q{(today.month + 2) // 3}"
        case "year":
            return str(today.year)
        case "forever":
            return "forever"


def held_back(compiled: CompiledPolicy, holdout: Holdout) -> Mask:
    """Which actions are not carried out for whom, shape (actions, customers)."""
    spec = compiled.policy.holdout
    groups = list(spec.groups)
    found = np.zeros((len(compiled.actions), holdout.held.shape[1]), dtype=np.bool_)
    for place, action in enumerate(compiled.actions):
        if action.group in groups:
            found[place] = holdout.held[groups.index(action.group) if spec.per_group else 0]
    return found


def controlled(compiled: CompiledPolicy, holdout: Holdout, winner: NDArray[np.int64]) -> Mask:
    """Whose winning action (its place, -1 for none) is not carried out, shape (customers,)."""
    back = held_back(compiled, holdout)
    return np.asarray((winner >= 0) & back[winner, np.arange(len(winner))])


def deciding_draw(compiled: CompiledPolicy, holdout: Holdout, row: int, winner: int) -> float | None:
    """The number that decided whether the customer in `row` is held out of the winning action.

    None where nothing was drawn: draws per group, and a winner (-1: none) of a group not held back.
    """
    spec = compiled.policy.holdout
    if not spec.per_group:
        return float(holdout.draws[0, row])
    group = compiled.actions[winner].group if winner >= 0 else None
    return float(holdout.draws[spec.groups.index(group), row]) if group in spec.groups else None
