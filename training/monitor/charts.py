"""The page's drawings: how far columns moved, what is scored now and then, what came true."""

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.intervals import Interval
from training.monitor.drift import Moved
from training.monitor.estimate import Expected
from training.monitor.outcomes import Outcome

Floats = NDArray[np.float64]

SHOWN = 15
BINS = 40
INK, LINE, FAINT, MARK, BAD = "#1d2b36", "#0b5c6b", "#9aa5ad", "#b98a2f", "#a5453f"
# Text as paths needs no font at the reader's; the salt makes the same figures give the same bytes.
STYLE = {"svg.fonttype": "path", "svg.hashsalt": "nextbest", "font.size": 9.0, "font.family": "DejaVu Sans"}
NO_DATES = {"Date": None, "Creator": None, "Format": None, "Type": None}


def moved_chart(moved: Sequence[Moved]) -> str:
    """Stability indices of the judged columns nearest to their limits or beyond, each with it, as <svg>."""
    judged = [one for one in moved if not one.restless]
    nearest = sorted(judged, key=lambda one: (one.limit - one.psi, one.name))[:SHOWN][::-1]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.2, 0.8 + 0.24 * len(nearest)), layout="constrained")
        axes = figure.subplots()
        places = np.arange(len(nearest))
        colours = [BAD if one.beyond else LINE for one in nearest]
        axes.barh(places, [one.psi for one in nearest], color=colours, height=0.6)
        limits = [one.limit for one in nearest]
        axes.scatter(limits, places, marker="|", s=90, color=MARK, zorder=3, label="limit")
        axes.set_yticks(places, [_ascii(one.name) for one in nearest])
        axes.set_xlabel("population stability index")
        axes.set_xscale("symlog", linthresh=0.1)
        axes.set_xlim(left=0)
        _dress(axes)
        axes.legend(loc="lower right", frameon=False)
        return _svg(figure)


def scores_chart(before: Floats, now: Floats, *, probabilities: bool = True) -> str:
    """The density of scores in training and now, along their log-odds if they are probabilities, as <svg>."""
    then, today = (_log_odds(scores) if probabilities else scores for scores in (before, now))
    both = np.concatenate([then, today])
    edges = np.linspace(both.min(), both.max() + 1e-9, BINS + 1)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 3.0), layout="constrained")
        axes = figure.subplots()
        for values, colour, label in ((then, FAINT, "training"), (today, LINE, "now")):
            counts = np.histogram(values, edges)[0] / max(len(values), 1)
            axes.stairs(counts, edges, color=colour, linewidth=1.6, label=label)
        axes.set(xlabel="log-odds of the score" if probabilities else "score", ylabel="share")
        _dress(axes)
        axes.legend(frameon=False)
        return _svg(figure)


def rates_chart(outcomes: Sequence[Outcome]) -> str:
    """What was promised and what came true, by snapshot, as <svg>."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 3.0), layout="constrained")
        axes = figure.subplots()
        promised = np.array([one.promised for one in outcomes])
        places = np.arange(len(outcomes))
        axes.plot(places, promised, color=FAINT, marker="o", label="promised")
        ends = [
            Interval(one.observed, one.times.low * one.promised, one.times.high * one.promised)
            for one in outcomes
        ]
        _intervals(axes, places, ends, LINE, "came true")
        axes.set_xticks(places, [str(one.snapshot) for one in outcomes], rotation=30, ha="right")
        axes.set_ylim(bottom=0)
        _dress(axes)
        axes.legend(frameon=False)
        return _svg(figure)


def ranking_chart(outcomes: Sequence[Outcome], tested: float | None, estimate: Expected | None) -> str:
    """ROC-AUC by snapshot since training, what the test said, and what is expected now, as <svg>."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 3.0), layout="constrained")
        axes = figure.subplots()
        places = np.arange(len(outcomes))
        names = [str(one.snapshot) for one in outcomes]
        if outcomes:
            _intervals(axes, places, [one.roc_auc for one in outcomes], LINE, "seen")
        if estimate is not None:
            _intervals(axes, np.array([len(outcomes)]), [estimate.roc_auc], MARK, "expected now")
            names.append("now")
        if tested is not None:
            axes.axhline(tested, color=FAINT, linestyle=(0, (4, 3)), label="when tested")
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axes.set_ylabel("ROC-AUC")
        _dress(axes)
        if names or tested is not None:
            axes.legend(frameon=False)
        return _svg(figure)


def _intervals(
    axes: Axes, places: NDArray[np.int64], found: Sequence[Interval], colour: str, label: str
) -> None:
    value = np.array([one.value for one in found])
    # Percentiles of a biased figure may lie to one side of it.
    below = np.maximum(value - np.array([one.low for one in found]), 0)
    above = np.maximum(np.array([one.high for one in found]) - value, 0)
    axes.errorbar(places, value, yerr=[below, above], color=colour, marker="o", capsize=3, label=label)


def _log_odds(scores: Floats) -> Floats:
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _ascii(name: str) -> str:
    """A bank may name its columns in Chinese where no such font is installed; the tables have the name."""
    return name.encode("ascii", "replace").decode()


def _dress(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=INK)


def _svg(figure: Figure) -> str:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata=NO_DATES)
    text = drawn.getvalue()
    return text[text.index("<svg") :]
