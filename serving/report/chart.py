"""The report's drawings: what the list earns from the top, and what another budget would earn."""

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

MOST = 0.8
"""The share of the value whose price in contacts is pointed out."""

POINTS = 400
"""More are not seen on paper."""

INK, LINE, GRID, FAINT, MARK = "#1d2b36", "#0b5c6b", "#e3e7ea", "#9aa5ad", "#b98a2f"

# Text as paths needs no font at the reader's; the salt makes the same list give the same bytes.
STYLE = {"svg.fonttype": "path", "svg.hashsalt": "nextbest", "font.size": 9.0, "font.family": "DejaVu Sans"}
NO_DATES = {"Date": None, "Creator": None, "Format": None, "Type": None}


def gain_chart(expected_value: NDArray[np.float64], currency: str) -> str:
    """Cumulative expected value over the contacts, best first, as an <svg> element.

    `expected_value`: one number per contact, descending. The straight line is the same list in random order.
    The same numbers give the same text.
    """
    contacts = len(expected_value)
    earned = np.concatenate([[0.0], np.cumsum(expected_value)])
    shown = np.unique(np.linspace(0, contacts, min(contacts, POINTS) + 1).astype(int))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.2, 3.0))
        axes = figure.add_subplot()
        axes.fill_between(shown, earned[shown], color=LINE, alpha=0.08, linewidth=0)
        axes.plot([0, contacts], [0, earned[-1]], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot(shown, earned[shown], color=LINE, linewidth=1.8)
        _mark(axes, earned, contacts_for(expected_value, MOST))
        _dress(axes, currency)
        return _svg(figure, "Gain curve")


def frontier_chart(
    points: Sequence[tuple[float, float]], chosen: tuple[float, float], budget: float | None, currency: str
) -> str:
    """Expected value against budget, as an <svg> element.

    `points`: budgets ascending, and what is earned at most; `chosen`: the list's cost and value; `budget`:
    the policy's, if any. The same numbers give the same text.
    """
    budgets, values = np.array(points).T
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.2, 3.0))
        axes = figure.add_subplot()
        axes.fill_between(budgets, values, color=LINE, alpha=0.08, linewidth=0)
        axes.plot(budgets, values, color=LINE, linewidth=1.8)
        if budget is not None and budget <= 1.2 * budgets[-1]:
            axes.axvline(budget, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot(*chosen, "o", color=MARK, markersize=6)
        axes.annotate("this list", chosen, (8, -14), textcoords="offset points", color=INK)
        _dress(axes, currency)
        axes.set_xlabel(f"Budget, {currency}", color=INK)
        return _svg(figure, "Efficient frontier")


def _mark(axes: mpl.axes.Axes, earned: NDArray[np.float64], contacts: int) -> None:
    axes.plot([contacts], [earned[contacts]], "o", color=LINE, markersize=5)
    words = f"{100 * MOST:.0f} % of the value"
    axes.annotate(words, (contacts, earned[contacts]), (8, -12), textcoords="offset points", color=INK)


def contacts_for(expected_value: NDArray[np.float64], share: float) -> int:
    """How many contacts, best first, earn `share` of the whole expected value."""
    earned = np.cumsum(expected_value)
    return int(np.searchsorted(earned, share * earned[-1])) + 1 if len(earned) else 0


def _dress(axes: mpl.axes.Axes, currency: str) -> None:
    axes.set_xlabel("Contacts, best first", color=INK)
    axes.set_ylabel(f"Expected value, {currency}", color=INK)
    axes.margins(x=0)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(length=0, labelcolor=INK)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _svg(figure: Figure, label: str) -> str:
    figure.tight_layout(pad=0.4)
    drawn = io.StringIO()
    FigureCanvasSVG(figure).print_svg(drawn, metadata=NO_DATES)
    text = drawn.getvalue()
    return text[text.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
