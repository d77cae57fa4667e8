"""No sensitive group is selected much more or less than the others, nor told other than what comes true.

The four-fifths rule (Uniform Guidelines on Employee Selection Procedures 1978, section 4D), held against
every head by itself, since heads that favour opposite groups look even together, and only against a ratio
that chance does not explain, however many are looked at.
"""

from collections.abc import Iterator, Sequence

from training.groups import UNKNOWN
from training.promotion.gates.calibration import by_head, learned, observed, observed_by_head
from training.promotion.gates.case import Case, Finding
from training.promotion.gates.furthest import furthest, outside
from training.selection import Selection, selections
from training.slices import SHARE, of


def check(case: Case) -> Iterator[Finding]:
    """Selection and calibration of every sensitive group; a group that is not known is none."""
    answers = case.challenger.answers
    if answers is None:
        return
    columns = case.challenger.card.sensitive if case.challenger.card else ()
    if not columns:
        yield Finding("fairness", "no sensitive column to look at", "told", passed=True)
    for column in case.challenger.card.unaudited if case.challenger.card else ():
        yield Finding(f"fairness: {column}", "not known: it became no feature", "told", passed=True)
    chosen = selections(answers, columns)
    groups = [one for column in columns for one in of(case.sliced, column) if one.group != UNKNOWN]
    for one in groups:
        own = [head for head in chosen if (head.by, head.group) == (one.by, one.group)]
        yield _selection(one.by, one.group, own, case.limits.selection_ratio_least)
        yield observed(one, case.limits)
        if len(answers.heads) > 1:
            members = answers.take(answers.groups[one.by] == one.group)
            ratios = observed_by_head(members, learned(case.challenger), len(groups))
            yield by_head(ratios, case.limits.calibration_head_times, f", {one.by} {one.group}")


def _selection(column: str, group: str, heads: Sequence[Selection], least: float) -> Finding:
    name = f"fairness: selected at {SHARE:.0%} over the others, {column} {group}"
    limit, times = f"{least:.2f} to {1 / least:.2f}", 1 / least
    judged = {one.head: one.ratio for one in heads if not one.small}
    if not judged:
        rows = max((one.rows for one in heads), default=0)
        small = f"too small to be judged: {rows} rows" if heads else "not judged: there are no others"
        return Finding(name, small, limit, passed=True)
    passed = not any(outside(ratio, times) for ratio in judged.values())
    return Finding(name, furthest(judged, times), limit, passed)
