"""As many come true as was said: overall, and in each tier."""

from collections.abc import Iterator

from features.promotion_spec import PromotionSpec
from features.vocabulary import TIER
from training.promotion.gates.case import Case, Finding, told
from training.slices import ALL, Slice, of


def check(case: Case) -> Iterator[Finding]:
    """The calibration error of the whole; observed over expected by tier.

    The error fails by the low end of its interval: bins of few rows err by chance alone.
    """
    for one in of(case.sliced, ALL):
        found, most = one.figures.get("calibration_error"), case.limits.calibration_error_most
        if found is not None:
            yield Finding("calibration error", told(found, 4), f"low <= {most:g}", bool(found.low <= most))
    for one in of(case.sliced, TIER):
        yield observed(one, case.limits)


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
    near = not (ratio.high < 1 / times or ratio.low > times)
    trifle = not (gap.high < -gap_most or gap.low > gap_most)
    return Finding(name, f"{told(ratio, 2)}, {gap.value:+.4f} of rows", limit, near or trifle)
