"""Parts of the report's content: the mix of actions, and who is reached."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from serving.campaign.result import Exposure, Mix

Name = Callable[[str], tuple[str, str]]

COLOURS: Final = ("#0b5c6b", "#b98a2f", "#5b8c5a", "#a5453f", "#6b5b95", "#3f7cac", "#c97b4a", "#7a8b99")
REST: Final = "#d5dbe0"
REST_NAME: Final = ("Other actions", "其他方案")


def mix_bars(mixes: Sequence[Mix], name: Name) -> dict[str, Any]:
    """One bar of shares for each tier and kind; the most frequent actions have a colour of their own."""
    totals: dict[str, int] = {}
    for one in mixes:
        if one.by == "tier":
            totals[one.action] = totals.get(one.action, 0) + one.contacts
    order = sorted(totals, key=lambda action: (-totals[action], action))
    colours = dict(zip(order, COLOURS, strict=False))
    bars = [
        _bar([one for one in mixes if (one.by, one.group) == key], order, colours, name)
        for key in sorted({(one.by, one.group) for one in mixes}, key=lambda key: (key[0] != "tier", key))
    ]
    legend = [{"colour": colours[action], "name": name(action)} for action in order if action in colours]
    if len(order) > len(COLOURS):
        legend.append({"colour": REST, "name": REST_NAME})
    return {"bars": bars, "legend": legend}


def _bar(cells: list[Mix], order: list[str], colours: dict[str, str], name: Name) -> dict[str, Any]:
    contacts = sum(one.contacts for one in cells)
    by_action = {one.action: one.contacts for one in cells}
    parts = [
        {
            "colour": colours.get(action, REST),
            "share": by_action[action] / contacts,
            "title": f"{name(action)[0]} {by_action[action]:,}",
        }
        for action in order
        if action in by_action
    ]
    return {"by": cells[0].by, "name": name(cells[0].group), "contacts": contacts, "parts": parts}


def exposure_rows(exposures: Sequence[Exposure], name: Name) -> list[dict[str, Any]]:
    """Every group with its rate, and the length of its bar against the highest rate."""
    highest = max((one.rate for one in exposures), default=0.0) or 1.0
    return [
        {
            "attribute": name(one.attribute),
            "group": name(one.group),
            "exposure": one,
            "length": min(one.rate / highest, 1.0),
        }
        for one in exposures
    ]
