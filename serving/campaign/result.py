"""What a campaign found: the list to contact, the customers held out, and the figures about both."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

LIST_COLUMNS: Final = (
    "rank",
    "customer_id",
    "action",
    "product",
    "channel",
    "day",
    "expected_value",
    "probability",
    "value",
    "context_weight",
    "lever",
    "cost",
    "basis",
    "arm",
    "tier",
    "reasons",
    "talking_point",
    "reasons_zh",
    "talking_point_zh",
    "decision_id",
)
"""Columns of `list.parquet`, `list.csv` and `holdout.parquet`, in this order.

`rank` (int64, from 1) sorts by expected value; `customer_id` is int64 or string, as in the bank; `action` is
"retain", "retain:<gesture>", "cross_sell:<product>" or "service:<name>"; `product` is null unless sold.
`day` (int64, from 1) is the campaign's working day to make the contact on, the best first; null if held out.
`expected_value`, `value` and `cost` are money in the bank's currency; expected_value = probability * value *
context_weight * lever - cost. `basis` says what the probability is. `arm` is treatment (contacted) or control
(held out). `reasons` are up to three sentences, joined by a semicolon. `decision_id` names the decision in
the ledger; outcomes refer to it.
"""


class Figures(BaseModel):
    """Frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Drop(Figures):
    """How many customers one reason of one stage took an action away from; each is counted once an action.

    Stages, in order: candidates, objection, eligible, permitted, valued.
    """

    stage: str
    reason: str
    action: str
    customers: int


class Share(Figures):
    """Contacts of one action, channel or tier (`name`), with their expected value and cost."""

    name: str
    contacts: int
    expected_value: float
    cost: float


class Limit(Figures):
    """One limit that ties customers together.

    `price` is what one more unit of the limit would be worth (its dual variable), in the bank's currency;
    less than nothing where a `minimum` makes the list take more than it would. `short`: by how much the list
    misses the minimum, `reachable`: how many customers could be offered it at all.
    """

    name: str
    kind: Literal["channel", "budget", "product", "manager"]
    limit: float
    used: float
    price: float
    minimum: float = 0.0
    short: float = 0.0
    reachable: int | None = None


class BudgetPoint(Figures):
    """What the best list of a budget is worth at most, under the other limits and without minima."""

    budget: float
    expected_value: float


class Mix(Figures):
    """Contacts of one action in one tier or kind of customer (`by`)."""

    by: str
    group: str
    action: str
    contacts: int


class Exposure(Figures):
    """How often one group (an age band, or a value of a sensitive column) is contacted.

    `ratio`: the most contacted group's rate over this one's, None where it has none; `uneven`: above the
    policy's threshold.
    """

    attribute: str
    group: str
    customers: int
    contacted: int
    rate: float
    ratio: float | None
    uneven: bool


class CampaignSummary(Figures):
    """`summary.json`: the campaign in figures.

    `expected_value` is the list's; exploring took `exploration_cost` from it. No list within the same limits
    is worth more than `bound`, the lists of other arms being as they are; `gap` = (bound - what was selected)
    / bound. `arms`: contacts by way of deciding. `greedy_value` is what taking the best remaining contact
    first would have given. `contacts` counts contacts, `contacted` customers with one. `no_action` counts the
    customers for whom no action survived every stage, `crowded_out` those with one that the limits left no
    room for; with `contacted` and `held_out` (decided and worth a contact at the same prices, not contacted)
    and `held_out_idle` they add up to `customers`.
    """

    bank: str
    currency: str
    snapshot: date
    decided_on: date
    customers: int
    contacted: int
    contacts: int
    held_out: int
    held_out_idle: int
    crowded_out: int
    no_action: int
    expected_value: float
    cost: float
    exploration_cost: float = 0.0
    bound: float
    gap: float
    greedy_value: float
    arms: tuple[Share, ...] = ()
    actions: tuple[Share, ...]
    channels: tuple[Share, ...]
    tiers: tuple[Share, ...]
    limits: tuple[Limit, ...]
    funnel: tuple[Drop, ...]
    frontier: tuple[BudgetPoint, ...] = ()
    mixes: tuple[Mix, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    exposure_warning_ratio: float = 1.25
    model_versions: str
    policy_version: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CampaignResult:
    """A decided campaign.

    `contacts` (arm treatment) and `held_out` (arm control) have LIST_COLUMNS, sorted by rank.
    """

    summary: CampaignSummary
    contacts: pa.Table
    held_out: pa.Table
