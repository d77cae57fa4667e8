"""Who is reached: contacts by action among tiers and kinds, and how evenly by age and sensitive columns.

Sensitive columns are no model's input; they are read here to see whom the list leaves out all the same.
"""

from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_KIND, TIER
from serving.campaign.result import Exposure, Mix
from serving.decision.compiled import CompiledPolicy
from serving.selection.problem import Chosen

AGE: Final = "customer_age_years"
BANDS: Final = (25, 35, 45, 55, 65)
MOST_GROUPS: Final = 12
LEAST_CUSTOMERS: Final = 30
"""A smaller group's rate says little: it is shown, and neither warned of nor held against others."""

SEGMENTS: Final = (("tier", TIER), ("kind", CUSTOMER_KIND))


def mixes(compiled: CompiledPolicy, customers: pa.Table, chosen: Chosen) -> tuple[Mix, ...]:
    """Contacts of each action in each tier and kind of customer; only what there is.

    `customers` in the order of `chosen` (actions, customers).
    """
    found = []
    for by, column in SEGMENTS:
        if customers.schema.get_field_index(column) < 0:
            continue
        groups, place = _groups(customers, column)
        for action, row in zip(compiled.actions, chosen, strict=True):
            counts = np.bincount(place[row >= 0], minlength=len(groups))
            found += [
                Mix(by=by, group=groups[at] or "unknown", action=action.id, contacts=int(counts[at]))
                for at in np.flatnonzero(counts).tolist()
            ]
    return tuple(found)


def exposures(
    customers: pa.Table, sensitive: tuple[str, ...], chosen: Chosen, warning_ratio: float
) -> tuple[Exposure, ...]:
    """How often each age band and each group of the sensitive text columns is contacted.

    `rate`: customers contacted of all in the group; `ratio`: the most contacted group's rate over this one's
    (None where this group has none). Whose value is unknown belongs to no group.
    """
    contacted = np.asarray((chosen >= 0).any(axis=0))
    found: list[Exposure] = []
    for column in dict.fromkeys((AGE, *sensitive)):
        if customers.schema.get_field_index(column) < 0:
            continue
        groups, place = _banded(customers) if column == AGE else _groups(customers, column)
        if len([name for name in groups if name]) <= MOST_GROUPS:
            found += _rates(column, groups, place, contacted, warning_ratio)
    return tuple(found)


def _rates(
    column: str,
    groups: list[str],
    place: NDArray[np.int64],
    contacted: NDArray[np.bool_],
    warning_ratio: float,
) -> list[Exposure]:
    sizes = np.bincount(place, minlength=len(groups))
    reached = np.bincount(place[contacted], minlength=len(groups))
    named = [at for at, name in enumerate(groups) if name and sizes[at]]
    large = [at for at in named if sizes[at] >= LEAST_CUSTOMERS]
    best = max((reached[at] / sizes[at] for at in large), default=0.0)
    found = []
    for at in named:
        rate = float(reached[at] / sizes[at])
        ratio = float(best / rate) if rate > 0 else None
        uneven = at in large and best > 0 and (ratio is None or ratio > warning_ratio)
        found.append(
            Exposure(
                attribute=column,
                group=groups[at],
                customers=int(sizes[at]),
                contacted=int(reached[at]),
                rate=rate,
                ratio=ratio,
                uneven=bool(uneven),
            )
        )
    return found


def _groups(customers: pa.Table, column: str) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts of a column, sorted, "" for the unknown; and each customer's place among them."""
    if not pa.types.is_string(customers[column].type):
        return [""], np.zeros(customers.num_rows, dtype=np.int64)
    texts = pc.fill_null(customers[column], "").combine_chunks()
    groups = sorted({"", *pc.unique(texts).to_pylist()})
    return groups, pc.index_in(texts, pa.array(groups)).to_numpy().astype(np.int64)


def _banded(customers: pa.Table) -> tuple[list[str], NDArray[np.int64]]:
    age = customers[AGE].cast(pa.float64()).to_numpy()
    ends = [f"{low}–{high - 1}" for low, high in pairwise(BANDS)]
    groups = ["", f"< {BANDS[0]}", *ends, f"≥ {BANDS[-1]}"]
    return groups, np.where(np.isnan(age), 0, 1 + np.searchsorted(BANDS, age, side="right"))
