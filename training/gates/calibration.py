"""As many come true as was said: overall, and in each tier."""

from collections.abc import Iterator

from features.vocabulary import TIER
from training.gates.case import Case, Finding
from training.slices import ALL, Slice, of


def check(case: Case) -> Iterator[Finding]:
    """The calibration error of the whole; observed over expected by tier."""
    for one in of(case.sliced, ALL):
        found, most = one.figures.get("calibration_error"), case.limits.calibration_error_most
        if found is not None:
            measured = f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"
            yield Finding("calibration error", measured, f"<= {most:g}", bool(found.value <= most))
    for one in of(case.sliced, TIER):
        yield observed(one, case.limits.calibration_times)


def observed(one: Slice, times: float) -> Finding:
    """A group fails when its whole interval lies outside: chance then does not explain it."""
    name, limit = f"calibration: observed / expected, {one.by} {one.group}", f"{1 / times:.2f} to {times:.2f}"
    found = one.figures.get("observed_to_expected")
    if one.small or found is None:
        return Finding(name, f"too small to be judged: {one.rows} rows", limit, passed=True)
    passed = not (found.high < 1 / times or found.low > times)
    return Finding(name, f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]", limit, passed)
