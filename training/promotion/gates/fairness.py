"""No sensitive group is selected much more or less than the others, nor told other than what comes true.

The four-fifths rule (Uniform Guidelines on Employee Selection Procedures 1978, section 4D), held only against
a ratio that chance does not explain.
"""

from collections.abc import Iterator

from training.groups import UNKNOWN
from training.promotion.gates.calibration import observed
from training.promotion.gates.case import Case, Finding, told
from training.slices import SHARE, Slice, of


def check(case: Case) -> Iterator[Finding]:
    """Selection and calibration of every sensitive group; a group that is not known is none."""
    if case.challenger.answers is None:
        return
    columns = case.challenger.card.sensitive if case.challenger.card else ()
    if not columns:
        yield Finding("fairness", "no sensitive column to look at", "told", passed=True)
    for column in columns:
        for one in of(case.sliced, column):
            if one.group != UNKNOWN:
                yield _selection(one, case.limits.selection_ratio_least)
                yield observed(one, case.limits)


def _selection(one: Slice, least: float) -> Finding:
    name = f"fairness: selected at {SHARE:.0%} over the others, {one.by} {one.group}"
    limit, found = f"{least:.2f} to {1 / least:.2f}", one.figures.get("selection_ratio")
    if one.small or found is None:
        return Finding(name, f"too small to be judged: {one.rows} rows", limit, passed=True)
    passed = not (found.high < least or found.low > 1 / least)
    return Finding(name, told(found, 2), limit, passed)
