"""Pictures of a backtest: the figure by snapshot, what age costs, and the learning curve."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.vocabulary import Model
from training.backtest.effect_lines import EVERY
from training.backtest.walk import Backtest, Line, compared

MEAN = "mean"
COLOURED_MOST = 8
"""Actions drawn beside each other: more could not be told apart, and the tables tell all."""


def backtest_figures(found: Backtest) -> dict[str, Figure]:
    """Every picture by name, of what could be measured; of the metric that models are compared by first."""
    measured = {one["metric"] for one in (*found.snapshots, *found.ages, *found.curve)}
    metric = compared(Model(found.model), measured)[0]
    pictures = {}
    tests = _of(found.snapshots, metric)
    if tests:
        pictures["snapshots"] = _by_snapshot(tests, metric)
    ages = _of(found.ages, metric)
    if ages:
        pictures["age"] = _by_age(ages, metric)
    curve = _of(found.curve, metric)
    for by in dict.fromkeys(one["by"] for one in curve):
        pictures[f"curve_by_{by}"] = _by_size([one for one in curve if one["by"] == by], metric, by)
    return pictures


def _of(lines: Sequence[Line], metric: str) -> list[Line]:
    return [one for one in lines if one["metric"] == metric and np.isfinite(one["low"])]


def _by_snapshot(lines: Sequence[Line], metric: str) -> Figure:
    """A point a test, where it stands in time, and their mean as a line across: it has no time."""
    figure, axes = _empty(xlabel="snapshot", ylabel=metric)
    every = [one for one in lines if one["snapshot"] != MEAN]
    names = list(dict.fromkeys(str(one["snapshot"]) for one in every))
    days = [_day(name) for name in names]
    in_time = all(day is not None for day in days)
    places = [day.toordinal() for day in days if day is not None] if in_time else range(len(names))
    at = dict(zip(names, places, strict=True))
    for action, own in _by_action(every):
        # Partitions of the same customers follow each other in no order: nothing leads from one to the next.
        where = [at[str(one["snapshot"])] for one in own]
        _points(axes, where, own, fmt="o-" if in_time else "o", label=action)
    for mean in _overall([one for one in lines if one["snapshot"] == MEAN]):
        axes.axhline(mean["value"], color="grey", linestyle="--", label=MEAN)
        axes.axhspan(mean["low"], mean["high"], color="grey", alpha=0.15, linewidth=0)
    _ticks(axes, list(at.values()), names)
    return figure


def _by_age(lines: Sequence[Line], metric: str) -> Figure:
    figure, axes = _empty(xlabel="age days", ylabel=f"{metric}:\nan old model less a fresh one")
    for action, own in _by_action(lines):
        _points(axes, [one["age_days"] for one in own], own, label=action)
    axes.axhline(0, color="grey", linestyle=":")
    ages = sorted({one["age_days"] for one in lines})
    _ticks(axes, ages, [str(days) for days in ages])
    return figure


def _by_size(lines: Sequence[Line], metric: str, by: str) -> Figure:
    """Along a logarithm: each doubling of what is learnt from takes the same room."""
    figure, axes = _empty(xlabel=f"{by} to learn from", ylabel=metric)
    at = [one["size"] for one in lines]
    axes.set_xscale("log")
    _points(axes, at, lines)
    _ticks(axes, at, [f"{size:,}" for size in at])
    return figure


def _by_action(lines: Sequence[Line]) -> list[tuple[str | None, list[Line]]]:
    """The lines of each action; all together where there are none."""
    actions = list(dict.fromkeys(one.get("action") for one in lines))[:COLOURED_MOST]
    return [(action, [one for one in lines if one.get("action") == action]) for action in actions]


def _overall(means: Sequence[Line]) -> list[Line]:
    """The mean over everything."""
    return [one for one in means if one.get("action", EVERY) == EVERY]


def _empty(**labels: Any) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes: Axes = figure.subplots()
    axes.set(**labels)
    return figure, axes


def _points(
    axes: Axes, at: Sequence[float], lines: Sequence[Line], *, fmt: str = "o-", label: str | None = None
) -> None:
    """A point with its interval for every line."""
    value = np.array([one["value"] for one in lines])
    # Percentiles of a biased figure may lie to one side of it.
    below = np.maximum(value - [one["low"] for one in lines], 0)
    above = np.maximum([one["high"] for one in lines] - value, 0)
    axes.errorbar(at, value, yerr=[below, above], fmt=fmt, capsize=3, label=label)


def _ticks(axes: Axes, at: Sequence[float], names: Sequence[str]) -> None:
    """A name under every point, and none between them; what has a name of its own is told."""
    axes.set_xticks(at, names, rotation=45, ha="right")
    axes.minorticks_off()
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize="small")


def _day(name: str) -> date | None:
    """The first day of a test's name, None of one without."""
    try:
        return date.fromisoformat(name[:10])
    except ValueError:
        return None
