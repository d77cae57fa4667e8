"""Pictures of a backtest: the figure by snapshot, what age costs, and the learning curve."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.vocabulary import Model
from training.backtest.walk import COMPARED, Backtest, Line

MEAN = "mean"


def backtest_figures(found: Backtest) -> dict[str, Figure]:
    """Every picture by name, of what could be measured; of the metric that models are compared by first."""
    metric = COMPARED[Model(found.model)][0]
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
    tests = [one for one in lines if one["snapshot"] != MEAN]
    names = [str(one["snapshot"]) for one in tests]
    days = [_day(name) for name in names]
    in_time = all(day is not None for day in days)
    at = [day.toordinal() for day in days if day is not None] if in_time else range(len(names))
    # Partitions of the same customers follow each other in no order: nothing leads from one to the next.
    _points(axes, at, tests, fmt="o-" if in_time else "o")
    for mean in (one for one in lines if one["snapshot"] == MEAN):
        axes.axhline(mean["value"], color="grey", linestyle="--", label=MEAN)
        axes.axhspan(mean["low"], mean["high"], color="grey", alpha=0.15, linewidth=0)
        axes.legend(fontsize="small")
    _ticks(axes, at, names)
    return figure


def _by_age(lines: Sequence[Line], metric: str) -> Figure:
    figure, axes = _empty(xlabel="age days", ylabel=f"{metric}:\nan old model less a fresh one")
    at = [one["age_days"] for one in lines]
    _points(axes, at, lines)
    axes.axhline(0, color="grey", linestyle=":")
    _ticks(axes, at, [str(days) for days in at])
    return figure


def _by_size(lines: Sequence[Line], metric: str, by: str) -> Figure:
    """Along a logarithm: each doubling of what is learnt from takes the same room."""
    figure, axes = _empty(xlabel=f"{by} to learn from", ylabel=metric)
    at = [one["size"] for one in lines]
    axes.set_xscale("log")
    _points(axes, at, lines)
    _ticks(axes, at, [f"{size:,}" for size in at])
    return figure


def _empty(**labels: Any) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes: Axes = figure.subplots()
    axes.set(**labels)
    return figure, axes


def _points(axes: Axes, at: Sequence[float], lines: Sequence[Line], fmt: str = "o-") -> None:
    """A point with its interval for every line."""
    value = np.array([one["value"] for one in lines])
    # Percentiles of a biased figure may lie to one side of it.
    below = np.maximum(value - [one["low"] for one in lines], 0)
    above = np.maximum([one["high"] for one in lines] - value, 0)
    axes.errorbar(at, value, yerr=[below, above], fmt=fmt, capsize=3)


def _ticks(axes: Axes, at: Sequence[float], names: Sequence[str]) -> None:
    """A name under every point, and none between them."""
    axes.set_xticks(at, names, rotation=45, ha="right")
    axes.minorticks_off()


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
