"""Pictures of a backtest: the figure by snapshot, what age costs, and the learning curve."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.vocabulary import Model
from training.backtest.walk import COMPARED, Backtest, Line

ASIDE = 0.5
"""Of the room between two ticks, that points of several actions share."""


def backtest_figures(found: Backtest) -> dict[str, Figure]:
    """Every picture by name; of the metric that models are compared by first."""
    metric = COMPARED[Model(found.model)][0]
    pictures = {"snapshots": _bars(_of(found.snapshots, metric), "snapshot", metric)}
    if found.ages:
        label = f"{metric}: an old model less a fresh one"
        pictures["age"] = _bars(_of(found.ages, metric), "age_days", label, zero=True)
    for by in dict.fromkeys(one["by"] for one in found.curve):
        lines = [one for one in _of(found.curve, metric) if one["by"] == by]
        pictures[f"curve_by_{by}"] = _bars(lines, "size", metric, xlabel=f"{by} to learn from")
    return pictures


def _of(lines: Sequence[Line], metric: str) -> list[Line]:
    return [one for one in lines if one["metric"] == metric and np.isfinite(one["low"])]


def _bars(lines: Sequence[Line], along: str, label: str, *, xlabel: str = "", zero: bool = False) -> Figure:
    """A point with its interval for every line; of several actions each has a colour."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes: Axes = figure.subplots()
    ticks = list(dict.fromkeys(one[along] for one in lines))
    actions = list(dict.fromkeys(one.get("action") for one in lines))
    for place, action in enumerate(actions):
        own = [one for one in lines if one.get("action") == action]
        aside = (place - (len(actions) - 1) / 2) * ASIDE / len(actions)
        _points(axes, [ticks.index(one[along]) + aside for one in own], own, action)
    axes.set_xticks(range(len(ticks)), [str(tick) for tick in ticks], rotation=45, ha="right")
    axes.set(xlabel=xlabel or along.replace("_", " "), ylabel=label)
    if zero:
        axes.axhline(0, color="grey", linestyle=":")
    if len(actions) > 1:
        axes.legend(fontsize="small")
    return figure


def _points(axes: Axes, at: Sequence[float], lines: Sequence[Line], label: str | None) -> None:
    value = np.array([one["value"] for one in lines])
    # Percentiles of a biased figure may lie to one side of it.
    below = np.maximum(value - [one["low"] for one in lines], 0)
    above = np.maximum([one["high"] for one in lines] - value, 0)
    axes.errorbar(at, value, yerr=[below, above], marker="o", capsize=3, label=label)
