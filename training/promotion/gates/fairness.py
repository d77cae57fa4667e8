"""No sensitive group is selected much more or less than the others, nor told other than what comes true.

The four-fifths rule (Uniform Guidelines on Employee Selection Procedures 1978, section 4D), held against
every head by itself, since heads that favour opposite groups look even together, and only against a ratio
that chance does not explain, however many are looked at.
"""

from collections.abc import Iterator, Sequence

from training.groups import UNKNOWN
from training.promotion.gates.calibration import by_head, learned, observed, observed_by_head
from training.promotion.gates.case import Case, Finding
from training.promotion.gates.effects import held
from training.promotion.gates.furthest import furthest, outside
from training.selection import Selection, selected, selections
from training.slices import SHARE, Slice, of
from training.uplift.slices import selected_by_effect


def check(case: Case) -> Iterator[Finding]:
    """Selection and calibration of every sensitive group; a group that is not known is none."""
    side, card = case.challenger, case.challenger.card
    columns = card.sensitive if card else ()
    if not columns:
        yield Finding("fairness", "no sensitive column to look at", "told", passed=True)
    for column in card.unaudited if card else ():
        yield Finding(f"fairness: {column}", "not known: it became no feature", "told", passed=True)
    heads = selected_by_effect(side.tested) if side.answers is None else selected(side.answers)
    chosen = selections(heads, columns)
    sliced = [one for column in columns for one in of(case.sliced, column) if one.group != UNKNOWN]
    groups: dict[tuple[str, str], list[Slice]] = {}
    for one in sliced:
        groups.setdefault((one.by, one.group), []).append(one)
    for (by, group), slices in groups.items():
        own = [head for head in chosen if (head.by, head.group) == (by, group)]
        yield _selection(by, group, own, case.limits.selection_ratio_least)
        yield from _calibration(case, slices, len(groups))


def _calibration(case: Case, slices: Sequence[Slice], groups: int) -> Iterator[Finding]:
    """Of one group, told over all heads or action by action, whether what is said comes true."""
    answers, limits, first = case.challenger.answers, case.limits, slices[0]
    name = f", {first.by} {first.group}"
    if answers is None:
        yield held(slices, limits.calibration_head_times, name, groups)
        return
    yield observed(first, limits)
    if len(answers.heads) > 1:
        members = answers.take(answers.groups[first.by] == first.group)
        ratios = observed_by_head(members, learned(case.challenger), groups)
        yield by_head(ratios, limits.calibration_head_times, name)


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
