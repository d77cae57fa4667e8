"""Contacting changes as much as was said, action by action: decisions are valued by effects as they are told.

A ranking that is proven says nothing of how large effects are. One told too large by chance is not refused,
nor one of which more came true: the whole interval has to lie below what may be lacking.
"""

from collections.abc import Iterator, Sequence

from scipy.special import ndtri

from training.intervals import COVERED, Interval
from training.promotion.gates.case import Case, Finding, told
from training.shares import sure
from training.slices import ALL, Slice, of
from training.uplift.slices import GAP, PREDICTED


def check(case: Case) -> Iterator[Finding]:
    """Of everyone, how far the effect observed lies below the one predicted."""
    if case.challenger.answers is None:
        yield held(list(of(case.sliced, ALL)), case.limits.calibration_head_times)


def held(actions: Sequence[Slice], times: float, group: str = "", groups: int = 1) -> Finding:
    """Fails where an action's whole interval lies below: so many `times` less came true than was predicted.

    The intervals of all actions, and of so many `groups`, hold at once; the one that fails by most, or comes
    nearest to it, is named.
    """
    name, lacking = f"calibration: effect observed less predicted{group}", 1 - 1 / times
    judged = {
        one.head: one.figures for one in actions if not one.small and {GAP, PREDICTED} <= set(one.figures)
    }
    if not judged:
        return Finding(name, "no action has enough outcomes to be judged", "told", passed=True)
    gaps = {action: _at_once(figures[GAP], len(judged) * groups) for action, figures in judged.items()}
    least = {action: -lacking * abs(figures[PREDICTED].value) for action, figures in judged.items()}
    worst = min(gaps, key=lambda action: (gaps[action].high - least[action], action))
    below = [action for action in gaps if gaps[action].high < least[action]]
    measured = f"{told(gaps[worst], 4, '+')} {worst}, predicted {judged[worst][PREDICTED].value:+.4f}"
    if len(gaps) > 1:
        measured += f", {len(below) or 'none'} of {len(gaps)} below"
    limit = f"high >= {least[worst]:.4f}: {lacking:.0%} of what is predicted may be lacking"
    return Finding(name, measured, limit, not below)


def _at_once(found: Interval, number: int) -> Interval:
    """As sure as each of so many intervals has to be."""
    wider = float(ndtri((1 + sure(number)) / 2) / ndtri((1 + COVERED) / 2))
    low, high = (found.value + wider * (end - found.value) for end in (found.low, found.high))
    return Interval(found.value, low, high)
