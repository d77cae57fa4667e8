"""Pictures of a model: whom it finds, whether its probabilities hold, what it looks at."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.metrics.calibration import Reliability, reliability, wilson
from training.metrics.gain import GainCurve, gain_curve

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

FEATURES_SHOWN = 25
NAMED_MOST = 6
"""Heads that can be told apart by colour; of more the colours would come round again."""


def figures(
    heads: Sequence[str],
    labels: Floats,
    probabilities: Floats,
    importance: Mapping[str, float],
    tiers: Texts | None = None,
) -> dict[str, Figure]:
    """Every picture by name, of labels and calibrated probabilities of shape (rows, heads), NaN unknown.

    `tiers` (rows,) are the rows', if customers are graded.
    """
    known = ~np.isnan(labels)
    curves = {
        head: gain_curve(labels[known[:, place], place], probabilities[known[:, place], place])
        for place, head in enumerate(heads)
    }
    told = {head: curve for head, curve in curves.items() if curve}
    together = gain_curve(labels[known], probabilities[known]) if len(told) > NAMED_MOST else None
    found = {"gain": gain_plot(told, together)}
    if known.any():
        found["calibration"] = calibration_plot(reliability(labels[known], probabilities[known]))
    if known.any() and tiers is not None:
        found["calibration_by_tier"] = calibration_by_tier_plot(labels, probabilities, tiers)
    if importance:
        found["importance"] = importance_plot(importance)
    return found


def gain_plot(curves: Mapping[str, GainCurve], together: GainCurve | None = None) -> Figure:
    """Share of positives found against share contacted, a line a head.

    Of more than `NAMED_MOST` all are faint, and the best, the median and the worst by area have a name and a
    colour. `together` is the curve of all rows of all heads, in bold.
    """
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="at random")
    named = curves if len(curves) <= NAMED_MOST else _telling(curves)
    if len(curves) > NAMED_MOST:
        for curve in curves.values():
            axes.plot(curve.contacted, curve.found, color="grey", alpha=0.35, linewidth=0.8)
    for name, curve in named.items():
        axes.plot(curve.contacted, curve.found, label=name)
    if together:
        label = f"all {len(curves)} together"
        axes.plot(together.contacted, together.found, color="black", linewidth=2.0, label=label)
    axes.set(xlabel="share contacted, highest scores first", ylabel="share of positives found")
    axes.legend(loc="lower right", fontsize="small")
    return figure


def _telling(curves: Mapping[str, GainCurve]) -> dict[str, GainCurve]:
    """The best, the median and the worst curve by the area below it, under labels that say which is which."""
    area = {head: np.trapezoid(curve.found, curve.contacted) for head, curve in curves.items()}
    ranked = sorted(curves, key=lambda head: (-area[head], head))
    chosen = {"best": ranked[0], "median": ranked[len(ranked) // 2], "worst": ranked[-1]}
    return {f"{which}: {head}": curves[head] for which, head in chosen.items()}


def calibration_plot(found: Reliability) -> Figure:
    """Share come true against mean probability, in bins of equally many rows, with 95 % intervals."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    _draw_reliability(axes, found)
    axes.set(xlabel="mean calibrated probability", ylabel="share come true")
    axes.legend(loc="upper left", fontsize="small")
    return figure


def calibration_by_tier_plot(labels: Floats, probabilities: Floats, tiers: Texts) -> Figure:
    """The same of each tier by itself; `labels` and `probabilities` (rows, heads), `tiers` (rows,)."""
    known = ~np.isnan(labels)
    names = [tier for tier in sorted(set(tiers)) if known[tiers == tier].any()]
    deep = -(-len(names) // 2)
    figure = Figure(figsize=(7, 3.4 * deep), layout="constrained")
    for place, tier in enumerate(names):
        axes = figure.add_subplot(deep, 2, place + 1)
        rows = known & (tiers == tier)[:, None]
        _draw_reliability(axes, reliability(labels[rows], probabilities[rows]))
        axes.set_title(f"{tier.replace('_', ' ')}, {rows.sum():,} rows", fontsize="medium")
    figure.supxlabel("mean calibrated probability", fontsize="medium")
    figure.supylabel("share come true", fontsize="medium")
    return figure


def _draw_reliability(axes: Axes, found: Reliability) -> None:
    low, high = wilson(found.observed, found.rows)
    top = max(float(found.predicted.max()), float(high.max()), 1e-6) * 1.05
    axes.vlines(found.predicted, low, high, color="C0", alpha=0.5, label="95 % interval")
    axes.plot([0, top], [0, top], color="grey", linestyle=":", label="perfect")
    axes.plot(found.predicted, found.observed, marker="o", label="model")
    axes.set(xlim=(0, top), ylim=(0, top))


def importance_plot(importance: Mapping[str, float]) -> Figure:
    """The features with the largest share of the boosters' gain."""
    largest = sorted(importance.items(), key=lambda item: (-item[1], item[0]))[:FEATURES_SHOWN][::-1]
    longest = max((len(name) for name, _ in largest), default=0)
    figure = Figure(figsize=(max(7, 3 + longest / 10), 1 + 0.25 * len(largest)), layout="constrained")
    axes = figure.subplots()
    axes.barh([name for name, _ in largest], [share for _, share in largest])
    axes.set(xlabel="share of gain")
    return figure


def drawn(figures: Mapping[str, Figure]) -> dict[str, str]:
    """Each picture as an SVG element, for an HTML page or a file: the same text for the same picture."""
    return {name: _svg(figure) for name, figure in figures.items()}


def write_pictures(pictures: Mapping[str, str], folder: Path) -> None:
    """Write pictures into files of their names in an existing folder."""
    for name, svg in pictures.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


def _svg(figure: Figure) -> str:
    written = BytesIO()
    with _any_script(), rc_context({"svg.hashsalt": "nextbest"}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    text = written.getvalue().decode()
    return text[text.index("<svg") :]


@contextmanager
def _any_script() -> Iterator[None]:
    """A bank may name its columns in Chinese where no such font is installed: boxes do, then."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield
