"""What a change of policy does to a campaign's list, before anyone is contacted."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import pyarrow as pa

from features.progress import Progress
from features.spec import BankSpec
from serving.campaign.result import Figures
from serving.campaign.run import Opened, campaign_of, open_campaign
from serving.campaign.summary import Occasion
from serving.decision.policy import Policy
from serving.online import customer_schema
from serving.policy.file import compile_for
from serving.scores import population

Contact = tuple[object, str]
"""Customer and action."""


class Change(Figures):
    """Contacts of one action, channel or tier (`name`) under both policies, money in the bank's currency.

    `kept` are contacts of the same customer with the same action, `won` only the new policy makes, `lost`
    only the old one.
    """

    name: str
    before: int
    after: int
    kept: int
    won: int
    lost: int
    expected_value_before: float
    expected_value_after: float
    cost_before: float
    cost_after: float


class PolicyDiff(Figures):
    """Two policies on the same customers: in total, and by action, channel and tier.

    `load` of a channel is its contacts as a share of its capacity under the policy; None without one.
    """

    bank: str
    currency: str
    snapshot: date
    before: str
    after: str
    total: Change
    actions: tuple[Change, ...]
    channels: tuple[Change, ...]
    tiers: tuple[Change, ...]
    load_before: dict[str, float | None]
    load_after: dict[str, float | None]
    warnings: tuple[str, ...]


def diff_policies(
    spec: BankSpec, policies: tuple[Policy, Policy], snapshot: date, progress: Progress, *, today: date
) -> PolicyDiff:
    """The list of everyone known at `snapshot` under the old and the new policy; nothing is written.

    Raises BadInputError for a policy that does not suit the bank, a snapshot that is not built, or a bank
    without a champion.
    """
    before = open_campaign(spec, snapshot, policies[0])
    after = replace(
        before, policy=compile_for(spec, policies[1], customer_schema(before.layout, before.models))
    )
    people = population(spec, before.layout, snapshot)
    lists = [campaign_of(bank, people, Occasion(snapshot, today), progress) for bank in (before, after)]
    return compared(spec, snapshot, (before, after), [found.contacts for found in lists], today)


def compared(
    spec: BankSpec, snapshot: date, banks: tuple[Opened, Opened], lists: Iterable[pa.Table], today: date
) -> PolicyDiff:
    """Both lists (with campaign_result.LIST_COLUMNS) side by side."""
    old, new = (found.to_pylist() for found in lists)
    warnings = {text: None for bank in banks for text in bank.policy.warnings(today)}
    return PolicyDiff(
        bank=spec.name,
        currency=spec.currency,
        snapshot=snapshot,
        before=banks[0].policy.version,
        after=banks[1].policy.version,
        total=changes(old, new, lambda _: "total")[0] if old or new else _change("total", [], []),
        actions=changes(old, new, lambda row: str(row["action"])),
        channels=changes(old, new, lambda row: str(row["channel"])),
        tiers=changes(old, new, lambda row: str(row["tier"] or "unknown")),
        load_before=_load(banks[0], old),
        load_after=_load(banks[1], new),
        warnings=tuple(warnings),
    )


Row = dict[str, object]


def changes(old: list[Row], new: list[Row], by: Callable[[Row], str]) -> tuple[Change, ...]:
    """Contacts of both lists by name, in order of name."""
    names = sorted({by(row) for row in (*old, *new)})
    return tuple(
        _change(name, [row for row in old if by(row) == name], [row for row in new if by(row) == name])
        for name in names
    )


def _change(name: str, old: list[Row], new: list[Row]) -> Change:
    kept = len(_contacts(old) & _contacts(new))
    return Change(
        name=name,
        before=len(old),
        after=len(new),
        kept=kept,
        won=len(new) - kept,
        lost=len(old) - kept,
        expected_value_before=_sum(old, "expected_value"),
        expected_value_after=_sum(new, "expected_value"),
        cost_before=_sum(old, "cost"),
        cost_after=_sum(new, "cost"),
    )


def _contacts(rows: list[Row]) -> set[Contact]:
    return {(row["customer_id"], str(row["action"])) for row in rows}


def _sum(rows: list[Row], column: str) -> float:
    return sum((float(str(row[column])) for row in rows), 0.0)


def _load(bank: Opened, rows: list[Row]) -> dict[str, float | None]:
    counts = Counter(str(row["channel"]) for row in rows)
    days = bank.policy.policy.campaign.days
    return {
        name: counts[name] / limit if (limit := channel.most(days)) else None
        for name, channel in bank.policy.policy.channels.items()
    }
