"""The days in which a label comes true."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from features.spec import WindowSpec


@dataclass(frozen=True)
class LabelWindow:
    """The days [start, end) in which a label comes true, for features as of `snapshot`, 00:00 UTC."""

    snapshot: date
    start: date
    end: date


def label_window(snapshot: date, window: WindowSpec) -> LabelWindow:
    """The label window that belongs to `snapshot`."""
    start = snapshot + timedelta(days=window.gap_days)
    return LabelWindow(snapshot, start, start + timedelta(days=window.horizon_days))


def between(day: ir.Column, start: date, end: date) -> ir.BooleanColumn:
    """Whether a day is one of [start, end)."""
    return (day >= ibis.date(start)) & (day < ibis.date(end))
