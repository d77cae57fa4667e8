"""Pictures of a backtest: the figure by snapshot, what age costs, and the learning curve."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.vocabulary import Model
from training.backtest.walk import COMPARED, Backtest, Line


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
    """A point with its interval for every line."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes: Axes = figure.subplots()
    value = np.array([one["value"] for one in lines])
    # Percentiles of a biased figure may lie to one side of it.
    below = np.maximum(value - [one["low"] for one in lines], 0)
    above = np.maximum([one["high"] for one in lines] - value, 0)
    axes.errorbar(range(len(lines)), value, yerr=[below, above], marker="o", capsize=3)
    axes.set_xticks(range(len(lines)), [str(one[along]) for one in lines], rotation=45, ha="right")
    axes.set(xlabel=xlabel or along.replace("_", " "), ylabel=label)
    if zero:
        axes.axhline(0, color="grey", linestyle=":")
    return figure
