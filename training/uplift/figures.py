"""Pictures of an uplift model: whether its effects hold, what contacting its first gains, what tells them."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.plots import importance_plot
from training.uplift.choose import Tested
from training.uplift.reliability import EffectBins, effect_bins
from training.uplift.trial import Floats

GRID = np.linspace(0.0, 1.0, 51)
"""Shares contacted at which the folds' curves are averaged."""


def effect_figures(
    tested: Mapping[str, Tested], importance: Mapping[str, float], seed: int
) -> dict[str, Figure]:
    """Every picture by name."""
    bins = {action: effect_bins(one, seed) for action, one in tested.items()}
    found = {
        "qini": qini_plot({action: gain_curve(one) for action, one in tested.items()}),
        "calibration_of_effects": calibration_of_effects_plot(bins),
    }
    if importance:
        found["importance"] = importance_plot(importance)
    return found


def gain_curve(tested: Tested) -> Floats:
    """What is gained at each share of `GRID` contacted, a treated customer: the mean of the folds' curves."""
    curves = [(share, gain) for share, gain, _ in tested.curves()]
    return np.asarray(np.mean([np.interp(GRID, share, gain) for share, gain in curves], axis=0))


def qini_plot(curves: Mapping[str, Floats]) -> Figure:
    """The gain by share contacted, a line an action, with the straight line of a random order."""
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for place, (action, gain) in enumerate(curves.items()):
        axes.plot(GRID, gain, color=f"C{place}", label=action)
        axes.plot([0, 1], [0, gain[-1]], color=f"C{place}", linestyle=":")
    axes.set(xlabel="share contacted, highest effects first", ylabel="additional outcomes a customer")
    axes.legend(loc="upper left", fontsize="small", title="dotted: at random", title_fontsize="small")
    return figure


def calibration_of_effects_plot(bins: Mapping[str, EffectBins]) -> Figure:
    """Observed against predicted effect, in bins of equally many contacts, with 95 % intervals, by action."""
    wide = min(len(bins), 2)
    deep = -(-len(bins) // wide)
    figure = Figure(figsize=(4.2 * wide, 3.6 * deep), layout="constrained")
    for place, (action, found) in enumerate(bins.items()):
        axes = figure.add_subplot(deep, wide, place + 1)
        _draw(axes, found)
        axes.set_title(f"{action}, {found.rows.sum():,} contacts", fontsize="medium")
    figure.supxlabel("mean predicted effect", fontsize="medium")
    figure.supylabel("observed effect", fontsize="medium")
    return figure


def _draw(axes: Axes, found: EffectBins) -> None:
    ends = np.array([0.0, *found.predicted])
    span = [ends.min(), ends.max()]
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.locator_params(axis="x", nbins=5)
    axes.plot(span, span, color="grey", linestyle=":", label="perfect")
    axes.vlines(found.predicted, found.low, found.high, color="C0", alpha=0.5)
    axes.plot(found.predicted, found.observed, marker="o", color="C0")
