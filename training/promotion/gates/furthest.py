"""Ratios by head, each held within the same times more or fewer: the one that is furthest out is named."""

import math
from collections.abc import Mapping

from training.intervals import Interval
from training.promotion.gates.case import told

NAMED = 3
"""Of those that lie outside, whose number is told."""


def outside(ratio: Interval, times: float) -> bool:
    """Whether the whole interval lies outside 1 / times to times."""
    return ratio.high < 1 / times or ratio.low > times


def outlying(found: Mapping[str, Interval], times: float) -> list[str]:
    """The heads that lie outside, the furthest first."""
    return [head for head in _falling(found) if outside(found[head], times)]


def furthest(found: Mapping[str, Interval], times: float) -> str:
    """What the table shows of ratios by head: those outside, otherwise the one nearest to it."""
    order = _falling(found)
    out = outlying(found, times)
    shown = "; ".join(f"{told(found[head], 2)} {head}" for head in (out or order[:1])[:NAMED])
    if len(found) == 1:
        return shown
    return f"{shown}, {len(out)} of {len(found)} outside" if out else f"{shown}, furthest of {len(found)}"


def _falling(found: Mapping[str, Interval]) -> list[str]:
    return sorted(found, key=lambda head: (-_beyond(found[head]), head))


def _beyond(ratio: Interval) -> float:
    """How far from 1 the near end of the interval is, in logarithms; the less the wider it is around 1."""
    return max(_log(ratio.low), -_log(ratio.high))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
