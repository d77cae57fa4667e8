"""Not much worse than the base rates and the champion for all that chance may have done, nor proven worse.

Non-inferiority: the low end of the interval of the difference may not lie below the margin (Piaggio et al.
2012, the CONSORT extension), and its high end not below 0: within the margin, too, nobody is put in place of
a champion, or served at all, where the other is proven better. Both are of the same drawn customers where
both answered the same rows.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.answers import Answers
from training.intervals import Interval, draw_customers, interval
from training.metrics.drawn import Scored, drawn_metrics
from training.promotion.gates.case import Case, Finding, Side, told
from training.slices import bounded
from training.uplift.choose import qini_ahead

Floats = NDArray[np.float64]

DRAWS = 200
ROUNDING = 1e-9
"""What two ways to reckon the same answer may differ by."""


def check(case: Case) -> Iterator[Finding]:
    """Skill against the base rates; skill and ranking against the champion."""
    if case.challenger.answers is None:
        yield from _uplift(case)
        return
    margin = case.limits.quality_margin
    if not len(case.challenger.answers):
        yield Finding("quality", "no test rows", "tested", passed=False)
        return
    ours = drawn(case.challenger.answers, case.seed)
    skill = interval(ours["skill"])
    yield _not_worse("quality: share of base rates' log loss explained", skill, margin, digits=4, sign="")
    if case.rival is None:
        return
    if case.rival.answers is None:
        yield _unanswered(case.rival)
    else:
        yield from _against(case, case.rival.answers, ours)


def _against(case: Case, champion: Answers, ours: dict[str, Floats]) -> Iterator[Finding]:
    challenger = case.challenger.answers
    if case.same_rows and challenger is not None:
        challenger, champion = comparable(challenger, champion)
        if not challenger.heads:
            yield _not_compared("no head in common")
            return
        ours = drawn(challenger, case.seed)
    theirs = drawn(champion, case.seed if case.same_rows else case.seed + 1)
    lost = case.limits.quality_lost_most * max(float(theirs["skill"][0]), 0.0)
    rows = "same rows" if case.same_rows else "own rows each"
    for name in ("skill", "map_at_7" if "map_at_7" in ours else "roc_auc"):
        gate = f"quality: {name} over the champion's, {rows}"
        found = interval(ours[name] - theirs[name]) if name in theirs else None
        if found is None or not np.isfinite(found.value):
            why = _lacking(challenger, champion) if found else "the champion has no such figure"
            yield Finding(gate, f"not compared: {why}", "told", passed=True)
            continue
        # Of a champion that explains little, the whole would lie within a margin that knows nothing of it.
        margin = case.limits.quality_margin
        margin = min(margin, lost) if name == "skill" else margin
        yield _not_worse(gate, found, margin, digits=4)


def _lacking(*sides: Answers | None) -> str:
    """Why a ranking cannot be told of answers."""
    every = [one.labels[~np.isnan(one.labels)] for one in sides if one is not None]
    return f"no {'positives' if any(not labels.any() for labels in every) else 'negatives'} in the test"


def _not_worse(gate: str, found: Interval, margin: float, digits: int, sign: str = "+") -> Finding:
    """Of what is gained over another: no worse than the margin, and not proven to be worse."""
    passed = bool(found.low >= -margin and found.high >= -ROUNDING)
    return Finding(gate, told(found, digits, sign), f"low >= {-margin:.{digits}g}, high >= 0", passed)


def comparable(ours: Answers, theirs: Answers) -> tuple[Answers, Answers]:
    """Answers of the same rows as they can be compared: of common heads, against our base rates.

    Against base rates of its own an older model would explain more the worse these have become.
    """
    heads = tuple(head for head in ours.heads if head in theirs.heads)
    rates = ours.base_rates[[ours.heads.index(head) for head in heads]]
    first, second = (_of_heads(found, heads, rates) for found in (ours, theirs))
    return first, second


def _of_heads(found: Answers, heads: tuple[str, ...], rates: Floats) -> Answers:
    places = [found.heads.index(head) for head in heads]
    labels, probabilities = found.labels[:, places], found.probabilities[:, places]
    return replace(found, heads=heads, labels=labels, probabilities=probabilities, base_rates=rates)


def drawn(found: Answers, seed: int, draws: int = DRAWS) -> dict[str, Floats]:
    """Every metric in each draw of customers, everyone first; the same seed draws the same customers."""
    found = bounded(found, seed)
    scored = Scored(found.customer, found.labels, found.probabilities, found.base_rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        return drawn_metrics(scored, draw_customers(int(found.customer.max()) + 1, draws, seed))


def _uplift(case: Case) -> Iterator[Finding]:
    """Every action's ranking shown to be better than a random one; on average none worse than the champion's.

    Between models on the same contacts: what is learned of others cannot be told apart from other luck.
    """
    ours, theirs = case.challenger.tested, case.rival.tested if case.rival else {}
    found = {action: one.qini_interval(DRAWS, case.seed) for action, one in ours.items()}
    # What no draw tells is the worst.
    worst = min(found, key=lambda action: np.nan_to_num(found[action].low, nan=-np.inf), default=None)
    measured = "not tested" if worst is None else f"{told(found[worst], 5)} {worst}"
    passed = bool(worst is not None and found[worst].low > 0)
    yield Finding("quality: lowest Qini coefficient", measured, "low > 0: shown to rank effects", passed)
    if not case.rival:
        return
    yield from _lost(case.challenger, case.rival)
    pairs = [
        (one, theirs[action])
        for action, one in ours.items()
        if action in theirs and one.trial.same_contacts(theirs[action].trial)
    ]
    if not pairs:
        yield _unanswered(case.rival) if case.rival.altered else _not_compared("other contacts")
        return
    lost = case.limits.qini_lost_most * max(float(np.mean([champion.qini() for _, champion in pairs])), 0.0)
    ahead = qini_ahead(pairs, DRAWS, case.seed)
    yield _not_worse("quality: Qini over the champion's, same rows", ahead, lost, digits=5)


def _lost(challenger: Side, champion: Side) -> Iterator[Finding]:
    """Which actions the champion tells of and the challenger does not; a comparison leaves them out."""
    ours = {head.name for head in challenger.heads}
    lost = [head.name for head in champion.heads if head.name not in ours]
    if lost:
        number = len(champion.heads)
        measured = f"{number - len(lost)} of {number}, without {', '.join(lost)}"
        yield Finding("quality: actions of the champion's", measured, ">= 1", len(lost) < number)


def _unanswered(champion: Side) -> Finding:
    """Of a champion whose answers are gone, and which could not be asked anew; altered ones spare nobody."""
    if not champion.altered:
        return _not_compared("what the champion answered is not kept")
    files = ", ".join(champion.altered)
    measured = (
        f"not compared: {files} of the champion's version {champion.version} differ from what was written"
    )
    return Finding(
        "quality: over the champion's", measured, "restored, or the champion rolled back", passed=False
    )


def _not_compared(why: str) -> Finding:
    return Finding("quality: over the champion's", f"not compared: {why}", "told", passed=True)
