"""`report.html`: a campaign on a few pages to read, print and send; nothing in it comes from elsewhere."""

import os
from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from serving.campaign.result import CampaignResult, CampaignSummary, Drop, Limit, Share
from serving.report.chart import MOST, contacts_for, frontier_chart, gain_chart
from serving.report.names import WORDS, Names
from serving.report.parts import exposure_rows, mix_bars
from serving.report.words import price_words, uneven_words

TOP_ROWS = 20
TOP_REASONS = 12
TOP_ACTIONS = 3
TOP_MANAGERS = 8


def write_report(path: Path, campaign: CampaignResult, names: Names | None = None) -> None:
    """Write a campaign's report, self-contained HTML; the same campaign gives the same bytes.

    `names` says what the actions are called, by action id; without it they are told from their ids.
    Everything that comes from the bank is escaped. Written aside and renamed.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        aside.write_text(render_report(campaign, names), encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def render_report(campaign: CampaignResult, names: Names | None = None) -> str:
    """The report's HTML."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(count=_count, money=_money, percent=_percent, chance=_chance)
    template = environment.from_string((files("serving.report") / "report.html").read_text(encoding="utf-8"))
    return template.render(_content(campaign, dict(names or {})))


def _content(campaign: CampaignResult, names: Names) -> dict[str, Any]:
    """Everything the template shows; it only lays it out."""
    summary = campaign.summary
    values = campaign.contacts["expected_value"].to_numpy().astype(np.float64)
    top = campaign.contacts.slice(0, TOP_ROWS)
    first = contacts_for(values, MOST)
    named = partial(_name, names=names)
    return {
        "summary": summary,
        # The drawing is ours: numbers and a currency, its text turned into paths.
        "chart": Markup(gain_chart(values, summary.currency)) if len(values) else None,  # noqa: S704
        "first": first,
        "first_share": first / len(values) if len(values) else 0.0,
        "fates": _fates(summary),
        "actions": _bars(summary.actions, names),
        "tiers": _bars(summary.tiers, names),
        "loads": _loads(summary.channels, summary.limits, names),
        "drops": _drops(summary.funnel, names),
        "frontier": _frontier(summary),
        "prices": price_words(summary.limits, summary.currency, named, _money),
        "mix": mix_bars(summary.mixes, named),
        "exposures": exposure_rows(summary.exposures, named),
        "uneven": uneven_words(summary.exposures, summary.exposure_warning_ratio, named),
        "rows": [_row(row, names) for row in top.to_pylist()],
    }


def _frontier(summary: CampaignSummary) -> Markup | None:
    points = [(point.budget, point.expected_value) for point in summary.frontier]
    if not points:
        return None
    budget = next((limit.limit for limit in summary.limits if limit.kind == "budget"), None)
    chosen = (summary.cost, summary.expected_value)
    return Markup(frontier_chart(points, chosen, budget, summary.currency))  # noqa: S704 - our own drawing


def _name(id_: str, names: Names) -> tuple[str, str]:
    """English and Chinese; an unknown id is read as words, and has no Chinese."""
    group, _, rest = id_.partition(":")
    english, chinese = names.get(id_) or WORDS.get(id_) or ((rest or group).replace("_", " "), "")
    return english[:1].upper() + english[1:], chinese


def _group(action: str) -> tuple[str, str]:
    return WORDS.get(action.partition(":")[0], ("", ""))


def _fates(summary: CampaignSummary) -> list[dict[str, Any]]:
    """What became of every customer: the parts add up to all of them."""
    parts = (
        ("contacted", "Contacted", "联系", summary.contacted),
        ("held", "Held out, worth a contact", "对照组（值得联系）", summary.held_out),
        ("idle", "Held out, nothing to offer", "对照组（无可行方案）", summary.held_out_idle),
        ("crowded", "No room within the limits", "超出额度", summary.crowded_out),
        ("none", "No action", "无可行方案", summary.no_action),
    )
    whole = max(summary.customers, 1)
    return [
        {"style": style, "en": en, "zh": zh, "customers": customers, "share": customers / whole}
        for style, en, zh, customers in parts
        if customers
    ]


def _bars(shares: Sequence[Share], names: Names) -> list[dict[str, Any]]:
    """Shares by expected value, each with the length of its bar against the longest."""
    longest = max((abs(share.expected_value) for share in shares), default=0.0) or 1.0
    ordered = sorted(shares, key=lambda share: (-share.expected_value, share.name))
    return [
        {
            "name": _name(share.name, names),
            "group": _group(share.name) if ":" in share.name else ("", ""),
            "share": share,
            "length": abs(share.expected_value) / longest,
        }
        for share in ordered
    ]


def _loads(channels: Sequence[Share], limits: Sequence[Limit], names: Names) -> list[dict[str, Any]]:
    """Every limit and how full it is, then the channels without one."""
    limited = {limit.name for limit in limits if limit.kind == "channel"}
    books = sorted((one for one in limits if one.kind == "manager"), key=lambda one: (-one.price, one.name))
    full = [
        {
            "name": _name(f"cross_sell:{limit.name}" if limit.kind == "product" else limit.name, names),
            "kind": limit.kind,
            "used": limit.used,
            "limit": limit.limit,
            "price": limit.price,
            "length": min(limit.used / limit.limit, 1.0) if limit.limit else 1.0,
        }
        for limit in (*(one for one in limits if one.kind != "manager"), *books[:TOP_MANAGERS])
    ]
    free = [
        {"name": _name(each.name, names), "kind": "channel", "used": each.contacts, "limit": None}
        for each in channels
        if each.name not in limited
    ]
    return full + free


def _drops(funnel: Sequence[Drop], names: Names) -> list[dict[str, Any]]:
    """The reasons that dropped most, each with the actions it dropped most often."""
    reasons: dict[tuple[str, str], list[Drop]] = {}
    for drop in sorted(funnel, key=lambda drop: (-drop.customers, drop.action)):
        reasons.setdefault((drop.stage, drop.reason), []).append(drop)
    found: list[dict[str, Any]] = [
        {
            "stage": _name(stage, names),
            "reason": _name(reason, names),
            "dropped": sum(drop.customers for drop in drops),
            "mostly": [(_name(drop.action, names), drop.customers) for drop in drops[:TOP_ACTIONS]],
            "others": len(drops[TOP_ACTIONS:]),
        }
        for (stage, reason), drops in reasons.items()
    ]
    return sorted(found, key=lambda reason: -reason["dropped"])[:TOP_REASONS]


def _row(row: dict[str, Any], names: Names) -> dict[str, Any]:
    """One line of the list, with its action's and tier's names."""
    return {
        **row,
        "action_name": _name(row["action"], names),
        "group": _group(row["action"]),
        "channel_name": _name(row["channel"], names),
        "tier_name": _name(row["tier"], names) if row["tier"] else ("", ""),
        "basis_name": _name(row["basis"], names),
    }


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _money(value: float) -> str:
    """Whole units from a hundred on, cents below."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _percent(value: float, digits: int = 1) -> str:
    least = 10.0**-digits
    return f"< {least:g} %" if 0 < 100 * value < least else f"{100 * value:,.{digits}f} %"


def _chance(value: float) -> str:
    """A probability as a percentage of three figures, however small."""
    return f"{100 * value:.3g} %"
