"""Last stage: the permanent control group, by a keyed hash that stays the same throughout a period."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Numbers
from serving.decision.keyed import customer_hashes, uniform
from serving.decision.policy import HoldoutSpec
from serving.decision.stage import Mask


@dataclass(frozen=True)
class Holdout:
    """Shape (customers,) each: the number drawn for each customer, and whether it falls within the share."""

    draw: Numbers
    held_out: Mask


def draw_holdout(spec: HoldoutSpec, ids: pa.Array, today: date) -> Holdout:
    """Who is held out on `today`: the same customers for the whole period, others in the next."""
    draw = uniform(customer_hashes(ids, "holdout", spec.salt, period(spec, today)))
    return Holdout(draw, draw < spec.share)


def period(spec: HoldoutSpec, today: date) -> str:
    """The period `today` lies in, by name: "2024-05", "2024-Q2", "2024" or "forever"."""
    match spec.period:
        case "month":
            return f"{today:%Y-%m}"
        case "quarter":
            return f"{today.year}-Q{(today.month + 2) // 3}"
        case "year":
            return str(today.year)
        case "forever":
            return "forever"


def controlled(compiled: CompiledPolicy, holdout: Holdout, winner: NDArray[np.int64]) -> Mask:
    """Whose winning action (its place, -1 for none) is not carried out, shape (customers,)."""
    groups = [action.group in compiled.policy.holdout.groups for action in compiled.actions]
    return np.asarray(holdout.held_out & (winner >= 0) & np.array(groups)[winner])
