"""As many come true as was said: overall, by every head, and in each tier.

Heads are held apart, since one that says three times too much makes up for one that says a third. What comes
true of one product drifts more than of all together, so that heads may lie further off.
"""

from collections.abc import Iterator

import numpy as np

from features.promotion_spec import PromotionSpec
from features.vocabulary import TIER
from training.answers import Answers
from training.intervals import Interval
from training.metrics.calibration import chance_error
from training.promotion.gates.case import Case, Finding, Side, told
from training.promotion.gates.furthest import furthest, outside
from training.shares import share_of, sure
from training.slices import ALL, EXPECTED_LEAST, Slice, bounded, of
from training.stored import StoredModel


def check(case: Case) -> Iterator[Finding]:
    """The calibration error of the whole; observed over expected for everyone, by head and by tier."""
    answers, limits = case.challenger.answers, case.limits
    if answers is None:
        return  # of effects their own gate tells
    for one in of(case.sliced, ALL):
        if "calibration_error" in one.figures:
            yield _error(one, bounded(answers, case.seed), limits)
        yield _everyone(one, limits.calibration_times)
    if len(answers.heads) > 1:
        yield by_head(observed_by_head(answers, learned(case.challenger)), limits.calibration_head_times)
    for one in of(case.sliced, TIER):
        yield observed(one, limits)


def _error(one: Slice, answers: Answers, limits: PromotionSpec) -> Finding:
    """By the low end of its interval, and beyond chance by a share of what comes true.

    Bins of few rows err by chance alone, and where few leave a mean error that looks small may be all of
    them.
    """
    known, found = ~np.isnan(answers.labels), one.figures["calibration_error"]
    chance = chance_error(answers.probabilities[known])
    beyond = limits.calibration_error_share_most * float(answers.labels[known].mean())
    most = max(chance, min(limits.calibration_error_most, chance + beyond))
    limit = (
        f"low <= {most:.3g}: {beyond:.2g} beyond chance's {chance:.2g}, {limits.calibration_error_most:g} in "
        "all where chance makes no more"
    )
    return Finding("calibration error", told(found, 4), limit, bool(found.low <= most))


def _everyone(one: Slice, times: float) -> Finding:
    name, limit = "calibration: observed / expected, everyone", f"{1 / times:.2f} to {times:.2f}"
    ratio = one.figures.get("observed_to_expected")
    if one.small or ratio is None:
        return Finding(name, f"too small to be judged: {one.positives} positives", limit, passed=True)
    return Finding(name, told(ratio, 2), limit, not outside(ratio, times))


def by_head(found: dict[str, Interval], times: float, of_whom: str = "") -> Finding:
    """Fails where a whole interval lies outside `times` more or fewer."""
    name, limit = f"calibration: observed / expected, by head{of_whom}", f"{1 / times:.2f} to {times:.2f}"
    if not found:
        return Finding(name, "no head has enough positives to be judged", limit, passed=True)
    passed = not any(outside(ratio, times) for ratio in found.values())
    return Finding(name, furthest(found, times), limit, passed)


def learned(side: Side | StoredModel) -> set[str]:
    """The heads that say what was learned of them, not a base rate or what products like theirs do."""
    borrowed = {head.name for head in side.card.heads if head.lenders} if side.card else set()
    return {head.name for head in side.heads if head.booster is not None} - borrowed


def observed_by_head(found: Answers, heads: set[str], groups: int = 1) -> dict[str, Interval]:
    """Observed over expected of those `heads` of which enough came true, or was said to.

    All hold at once, those of as many `groups` too where each is asked for by itself.
    """
    known = ~np.isnan(found.labels)
    expected = np.where(known, found.probabilities, 0).sum(axis=0)
    enough = np.maximum(expected, np.nansum(found.labels, axis=0)) >= EXPECTED_LEAST
    places = [place for place, head in enumerate(found.heads) if head in heads and enough[place]]
    ratios = {}
    for place in places:
        rows = known[:, place]
        share = share_of(found.labels[rows, place], found.customer[rows], sure(len(places) * groups))
        ratios[found.heads[place]] = _over(share, float(expected[place] / rows.sum()))
    return ratios


def _over(share: Interval, said: float) -> Interval:
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.array([share.value, share.low, share.high]) / said
    return Interval(*ends.tolist())


def observed(one: Slice, limits: PromotionSpec) -> Finding:
    """A group fails where chance does not explain what came true, and it is too many rows to be a trifle.

    The whole interval then lies outside, both of the ratio and of the difference: of a group that hardly ever
    does what is foretold the ratio alone would refuse a model for 0 in a thousand where it said 1.
    """
    times, gap_most = limits.calibration_times, limits.calibration_gap_most
    name = f"calibration: observed / expected, {one.by} {one.group}"
    limit = f"{1 / times:.2f} to {times:.2f}, or ±{gap_most:g} of rows"
    ratio, gap = one.figures.get("observed_to_expected"), one.figures.get("calibration_gap")
    if one.small or ratio is None or gap is None:
        return Finding(name, f"too small to be judged: {one.rows} rows", limit, passed=True)
    trifle = not (gap.high < -gap_most or gap.low > gap_most)
    passed = trifle or not outside(ratio, times)
    return Finding(name, f"{told(ratio, 2)}, {gap.value:+.4f} of rows", limit, passed)
