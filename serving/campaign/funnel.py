"""What the stages of deciding took away, counted over a campaign's customers."""

from collections import Counter
from typing import Final

import numpy as np

from serving.campaign.result import Drop
from serving.decision.decide import Decisions

Reason = tuple[str, str, str]
"""Stage, reason, action."""

TOLD: Final = 3
"""Reasons that a sentence names."""


def funnel(decisions: Decisions) -> Counter[Reason]:
    """How many customers each reason of each stage took an action away from.

    A stage takes an action away where it drops its last channel; the reason is that of a channel dropped.
    """
    counts: Counter[Reason] = Counter()
    shape = decisions.alive.shape
    before = np.ones(shape, dtype=np.bool_)
    for stage in decisions.stages:
        after = before & stage.kept
        gone = np.asarray(before.any(axis=1) & ~after.any(axis=1))
        codes = np.where(before, stage.dropped, 0).max(axis=1)
        for place, action in enumerate(decisions.compiled.actions):
            each = np.bincount(codes[place][gone[place]], minlength=len(stage.reasons))
            for code in np.flatnonzero(each):
                counts[stage.name, stage.reasons[code], action.id] += int(each[code])
        before = after
    return counts


def drops(counts: Counter[Reason]) -> tuple[Drop, ...]:
    """The funnel as a list, in order of name."""
    return tuple(
        Drop(stage=stage, reason=reason, action=action, customers=customers)
        for (stage, reason, action), customers in sorted(counts.items())
    )


def nobody_contacted(counts: Counter[Reason]) -> str:
    """Why nothing is left to choose from: the rules and reasons that took most away, in a sentence."""
    reasons: Counter[str] = Counter()
    for (_, reason, _), customers in counts.items():
        reasons[reason] += customers
    most = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))[:TOLD]
    told = ", ".join(f"{reason} {customers:,}" for reason, customers in most)
    return f"nobody is contacted; rules not met, or reasons, that took most actions away: {told}"
